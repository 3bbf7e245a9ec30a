"""Holds the workspace of one root for everyone who searches it; closing waits for them."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from mindgap_indexer.errors import Cancelled, MindgapError
from mindgap_indexer.types import CancelCheck
from mindgap_indexer.workspace import Workspace

LOOK_AGAIN = 0.05
"""Seconds between two looks at the cancel flag while a workspace is being opened."""


class WorkspaceSlot:
    """Empty, filled, failed or closed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._workspace: Workspace | None = None
        self._error: MindgapError | None = None
        self._closed = False
        self._borrowed = 0

    @property
    def workspace(self) -> Workspace | None:
        """The workspace, for its owner; everyone else borrows it."""
        return self._workspace

    def fill(self, workspace: Workspace) -> None:
        """Let in those who wait."""
        with self._changed:
            self._workspace, self._error = workspace, None
            self._changed.notify_all()

    def fail(self, error: MindgapError) -> None:
        """Send those who wait away with this error, unless there is a workspace all the same."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def retry(self) -> None:
        """Forget the error: the workspace is being opened again."""
        with self._changed:
            self._error = None

    @contextmanager
    def borrow(self, cancelled: CancelCheck) -> Generator[Workspace]:
        """The workspace as soon as it is open.

        Raises the error that keeps it from opening, and Cancelled also when the slot is closed.
        """
        with self._changed:
            while self._workspace is None:
                if self._closed or cancelled():
                    raise Cancelled
                if self._error is not None:
                    raise self._error
                self._changed.wait(LOOK_AGAIN)
            workspace = self._workspace
            self._borrowed += 1
        try:
            yield workspace
        finally:
            with self._changed:
                self._borrowed -= 1
                self._changed.notify_all()

    def empty(self) -> None:
        """Close the workspace when the last borrower has given it back; new ones wait for the next."""
        with self._changed:
            workspace, self._workspace = self._workspace, None
            self._changed.wait_for(lambda: self._borrowed == 0)
        if workspace is not None:
            workspace.close()

    def close(self) -> None:
        """Empty the slot for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.empty()
