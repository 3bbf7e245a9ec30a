"""Memory and processor time of a process with its children, looked at while it runs."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

import psutil

INTERVAL = 0.05
BEFORE_ITS_PROGRAM = 0.2
"""Seconds in which a new child may still be its parent over again, whose memory it shares."""


class Watch:
    """Looks at a process every twentieth of a second."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.peak_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def resident_mb(self) -> float:
        """Resident memory now, children included."""
        return sum(_resident(process) for process in self._family()) / 1e6

    def own_mb(self) -> float:
        """Resident memory now of the process alone."""
        return _resident(self._process) / 1e6

    def cpu_seconds(self) -> float:
        """Processor time so far of the process and of the children that have ended."""
        times = self._process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system

    def _family(self) -> list[psutil.Process]:
        try:
            latest = time.time() - BEFORE_ITS_PROGRAM
            children = self._process.children(recursive=True)
            return [self._process, *(child for child in children if child.create_time() < latest)]
        except psutil.NoSuchProcess:
            return []

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.peak_mb = max(self.peak_mb, self.resident_mb())


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
