"""Opening workspaces for a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mindgap_indexer.options import IndexOptions
from mindgap_indexer.workspace import Workspace

OpenWorkspace = Callable[[Path, IndexOptions], Workspace]
"""Opens the workspace of a folder; tests put their own in."""


def open_workspace(folder: Path, options: IndexOptions) -> Workspace:
    """Open the workspace of a folder."""
    return Workspace.open(folder, options, apart=True)
