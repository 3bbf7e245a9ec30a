"""What a user can set of the indexer; every default works."""

from __future__ import annotations

import os
from dataclasses import dataclass

MAX_WORKERS = 4
"""More would mostly wait for the one process that writes."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Options of one workspace's index."""

    max_file_bytes: int = 1_048_576
    """Larger files are left out."""
    exclude: tuple[str, ...] = ()
    """Patterns as in .gitignore, beside the ignore files and the built-in ones."""
    deep_model: str | None = None
    """`default` for the model that ships, else a Hugging Face id or a folder; None: instant tier alone."""
    deep_revision: str | None = None
    """Revision of the Hugging Face id."""
    workers: int = 0
    """Processes that parse and encode when there is much to index; 0: one a processor, at most 4."""
    pause_on_battery: bool = True
    """The deep tier waits in the background while the machine runs on battery."""

    @property
    def worker_count(self) -> int:
        """How many that are on this machine."""
        return self.workers or min(os.cpu_count() or 1, MAX_WORKERS)
