"""What tests of the watcher need; waiting is always for a batch or a condition, with a time limit."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mindgap_indexer.watching import ChangeBatch

TIMEOUT = 10.0
CODE = "def add(a, b):\n    return a + b\n"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="about inotify")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs links")


class Batches:
    """Collects the batches and lets a test wait for what it expects."""

    def __init__(self) -> None:
        self.all: list[ChangeBatch] = []
        self._arrived = threading.Condition()

    def __call__(self, batch: ChangeBatch) -> None:
        with self._arrived:
            self.all.append(batch)
            self._arrived.notify_all()

    def paths(self) -> set[str]:
        return {path for batch in self.all for path in batch.paths}

    def wait(self, expected: Callable[[], bool]) -> None:
        with self._arrived:
            assert self._arrived.wait_for(expected, TIMEOUT), self.all

    def wait_for(self, *paths: str) -> None:
        self.wait(lambda: set(paths) <= self.paths())

    def wait_for_rescan(self) -> None:
        self.wait(lambda: any(batch.rescan for batch in self.all))

    def forget(self) -> None:
        with self._arrived:
            self.all.clear()


def write(file: Path, content: str = CODE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def settle(root: Path, batches: Batches) -> None:
    """Wait until everything that happened so far was reported: a last change of ours comes after it."""
    write(root / "src/last.py")
    batches.wait_for("src/last.py")
    batches.forget()


def watched_folders() -> int:
    """How many watches the kernel holds for this process; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    lines = [line for file in Path("/proc/self/fdinfo").iterdir() for line in _lines(file)]
    return sum(line.startswith("inotify wd:") for line in lines)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
