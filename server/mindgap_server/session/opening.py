"""Opening workspaces for a server, where indexing has a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import CancelCheck
from mindgap_indexer.workspace import Workspace

OpenWorkspace = Callable[[Path, IndexOptions], Workspace]
"""Opens the workspace of a folder; tests put their own in."""


class ServedWorkspace(Workspace):
    """A workspace whose searches answer from what is there and leave the indexing to the root's worker."""

    def _index_unless_busy(self, cancelled: CancelCheck) -> None:
        """Nothing to do: a search must never wait for the first index."""


def open_workspace(folder: Path, options: IndexOptions) -> Workspace:
    """Open the workspace of a folder."""
    return ServedWorkspace.open(folder, options)
