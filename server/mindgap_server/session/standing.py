"""How a workspace folder stands at a moment: what a client is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from mindgap_indexer.errors import MindgapError, WorkspaceError
from mindgap_indexer.types import IndexStatus, Progress
from mindgap_server.folders import Folder

NOTHING_RUNS = Progress("", 0, 0)


class State(StrEnum):
    """How a root is."""

    OPENING = "opening"
    INDEXING = "indexing"
    READY = "ready"
    PAUSED = "paused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RootReport:
    """How a root stands at a moment."""

    folder: Folder
    state: State
    message: str | None = None
    progress: Progress = NOTHING_RUNS
    index: IndexStatus | None = None
    """None while the index is not open."""


class Standing:
    """How a root stands now, by what its worker says and what the watcher's thread finds."""

    def __init__(self, folder: Folder, changed: Callable[[], None]) -> None:
        self.folder = folder
        self._worker = RootReport(folder, State.OPENING)
        self._catching_up: Progress | None = None
        """How far the watcher's thread is with a large change on disk."""
        self._changed = changed
        self.is_lost = False
        """The folder could not be read, and that is why the state is an error."""

    @property
    def worker(self) -> RootReport:
        """How the worker stands."""
        return self._worker

    @property
    def report(self) -> RootReport:
        """How the root stands, without the index's own numbers."""
        worker, catching_up = self._worker, self._catching_up
        if catching_up is None or worker.state is not State.READY:
            return worker
        return replace(worker, state=State.INDEXING, progress=catching_up)

    def become(self, state: State, message: str | None = None) -> None:
        """Take another state; nothing of the one before is left."""
        self.is_lost = False
        self._worker = RootReport(self.folder, state, message)
        self._changed()

    def advance(self, progress: Progress) -> None:
        """What the worker runs is so far."""
        self._worker = replace(self._worker, progress=progress)
        self._changed()

    def fail(self, error: MindgapError) -> None:
        """Stand with an error."""
        self.become(State.ERROR, str(error))
        self.is_lost = isinstance(error, WorkspaceError)

    def lose(self, error: WorkspaceError) -> None:
        """The watcher could not read the folder; what the worker says of it goes first."""
        if self._worker.state is State.READY:
            self.fail(error)

    def catch_up(self, progress: Progress | None) -> None:
        """The watcher's thread is so far with a large change; None: it is not at one any more."""
        if progress != self._catching_up:
            self._catching_up = progress
            self._changed()
