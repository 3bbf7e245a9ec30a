"""Telling how far a long run is: throttled lines with the time that is left."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from mindgap_indexer.errors import Cancelled
from mindgap_indexer.types import CancelCheck, Progress, ProgressCallback

_TERMINAL_SECONDS = 0.5
"""Between two updates of a terminal's line …"""
_LOG_SECONDS = 15.0
"""… and between two lines of a log."""


class ProgressLine:
    """Writes progress to standard error: one changing line in a terminal, some lines in a log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._stage = ""
        self._started = self._written = 0.0

    def __call__(self, progress: Progress) -> None:
        """Say how far the stage is and when it will be done."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._started, self._written = progress.stage, now, 0.0
        is_done = progress.done >= progress.total
        wait = _TERMINAL_SECONDS if self._is_terminal else _LOG_SECONDS
        if is_done or now - self._written >= wait:
            self._written = now
            self._write(f"{progress.stage}: {progress.done:,}/{progress.total:,}{self._left(progress, now)}")
            if is_done:
                self._stage = ""
                self._stream.write("\n" if self._is_terminal else "")

    def _left(self, progress: Progress, now: float) -> str:
        if not 0 < progress.done < progress.total:
            return ""
        seconds = (now - self._started) * (progress.total - progress.done) / progress.done
        return f", {format_seconds(seconds)} left"

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        self._stream.flush()


def format_seconds(seconds: float) -> str:
    """A time span for people: `8 s`, `3:07 min`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d} min"


def no_progress(_: Progress) -> None:
    """Tell nobody."""


def never() -> bool:
    """Never cancelled."""
    return False


def step(stage: str, done: int, total: int, report: ProgressCallback, cancelled: CancelCheck) -> None:
    """Report one step of a stage, and end here if the caller no longer wants the result."""
    report(Progress(stage, done, total))
    if cancelled():
        raise Cancelled
