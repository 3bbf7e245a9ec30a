"""Following changes on disk: large ones are shown and can be stopped, a lost folder is found again."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Generator
from pathlib import Path

from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.types import CancelCheck, Changes, ProgressCallback
from mindgap_indexer.watching import Watcher
from mindgap_indexer.workspace import Workspace
from mindgap_server.reporter import Bar
from mindgap_server.session.pace import shown
from mindgap_server.session.standing import Standing, State

log = logging.getLogger(__name__)


class Follower:
    """The watcher of a root while it has one, whose thread brings changes into the index.

    `begin` shows a bar; `interrupted` says that the watcher is about to be stopped, so that changes make way;
    `changed` is called when some got into the index.
    """

    def __init__(
        self,
        standing: Standing,
        begin: Callable[[], Bar],
        interrupted: CancelCheck,
        changed: Callable[[], None],
    ) -> None:
        self._standing = standing
        self._begin = begin
        self._interrupted = interrupted
        self._changed = changed
        self._watcher: Watcher | None = None
        self.is_behind = False
        """Changes were noticed that did not get into the index; an update makes up for it."""

    def start(self, workspace: Workspace) -> None:
        """Follow changes; once more where the folder was replaced meanwhile."""
        if self._watcher is not None and self._watcher.has_lost_root:
            self.stop()
        if self._watcher is None:
            self._watcher = workspace.watch(self._note, self._showing, self._interrupted)

    def stop(self) -> None:
        """Follow no changes any more."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher.stop():
            self.is_behind = True

    def notify(self, path: Path) -> None:
        """A client saw a change of this file."""
        # Read once: the worker may stop to follow changes at any moment.
        watcher = self._watcher
        if watcher is not None:
            watcher.notify(str(path))

    @contextlib.contextmanager
    def _showing(self) -> Generator[ProgressCallback]:
        """Show how far a large change is, and whether the folder could be read."""
        try:
            with shown(self._begin, self._standing.catch_up) as report:
                yield report
        except WorkspaceError as error:
            self._standing.lose(error)
            raise
        else:
            # What was lost may be there again; a batch of files that are gone is no sign of it.
            if self._standing.is_lost and os.path.isdir(self._standing.folder.path):
                self._standing.become(State.READY)
                self._changed()
        finally:
            self._standing.catch_up(None)

    def _note(self, changes: Changes) -> None:
        log.debug(
            "%s: %d files changed, %d removed",
            self._standing.folder.name,
            changes.files_changed,
            changes.files_removed,
        )
        self._changed()
