"""What editors hold of the files of one root, for every workspace that is opened of it."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from mindgap_indexer.errors import Cancelled, MindgapError
from mindgap_indexer.workspace import Workspace
from mindgap_server.session.slot import WorkspaceSlot


class UnsavedTexts:
    """Open buffers; kept, because a workspace that is opened anew must hear of them again."""

    def __init__(self, root: Path, slot: WorkspaceSlot) -> None:
        self._root = root
        self._slot = slot
        self._changing = threading.Lock()
        self._texts: dict[str, bytes] = {}
        """By path relative to the root."""

    def __contains__(self, path: str) -> bool:
        return path in self._texts

    def edit(self, file: Path, data: bytes | None) -> None:
        """An editor holds this text of the file, by its path without links; None: it is as on disk."""
        path = self._relative(file)
        with self._changing:
            if data is None:
                self._texts.pop(path, None)
            else:
                self._texts[path] = data
            # A workspace that is not open yet gets all of them when it is.
            with contextlib.suppress(Cancelled, MindgapError), self._slot.borrow(lambda: True) as workspace:
                if data is None:
                    workspace.clear_overlay(path)
                else:
                    workspace.set_overlay(path, data)

    def discard(self, file: Path) -> None:
        """What an editor held of the file, by its path without links, answers no more; takes effect at once.

        `edit` is to follow, which may wait for a text that is being parsed.
        """
        with contextlib.suppress(Cancelled, MindgapError), self._slot.borrow(lambda: True) as workspace:
            workspace.clear_overlay(self._relative(file))

    def fill(self, workspace: Workspace) -> None:
        """Let searches into a workspace, which has all of the texts by then."""
        with self._changing:
            for path, data in self._texts.items():
                workspace.set_overlay(path, data)
            self._slot.fill(workspace)

    def _relative(self, file: Path) -> str:
        return os.path.relpath(file, self._root).replace(os.sep, "/")
