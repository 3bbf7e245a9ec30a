"""The index of a workspace as a whole: with which options a server opens it, and how it is deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mindgap_indexer.errors import StoreError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.paths import index_folder
from mindgap_indexer.workspace import Workspace
from mindgap_server.session.schedule import Job

OpenWorkspace = Callable[[Path, IndexOptions], Workspace]
"""Opens the workspace of a folder; tests put their own in."""


@dataclass(frozen=True, slots=True)
class RootOptions:
    """The options that a root cannot change while it is open."""

    index: IndexOptions
    watch: bool
    index_on_startup: bool = field(compare=False)
    """Alone no reason to open a root anew."""

    @property
    def first_job(self) -> Job:
        """What a worker starts with."""
        return Job.UPDATE if self.index_on_startup else Job.OPEN


def open_workspace(folder: Path, options: IndexOptions) -> Workspace:
    """Open the workspace of a folder."""
    return Workspace.open(folder, options, apart=True)


def remove_index(root: Path) -> None:
    """Delete the index of a folder, also one that is damaged. Raises StoreError."""
    folder = index_folder(root)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(
            f"The index {folder} cannot be deleted ({error.strerror}). "
            "Close the other programs that use it, then try again."
        ) from error
