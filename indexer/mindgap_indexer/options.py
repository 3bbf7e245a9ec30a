"""What a user can set of the indexer; every default works."""

from __future__ import annotations

import os
from dataclasses import dataclass

MAX_WORKERS = 4
"""More would mostly wait for the one process that writes."""
OWN_MB, WORKER_MB = 250, 150
"""What the process that writes takes for a code base of 50,000 functions, and each worker (measured)."""


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
    pause_under_load: bool = True
    """The deep tier waits in the background while the machine is busy with other things."""
    max_memory_mb: int = 700
    """Memory for a first index, all processes together: fewer workers keep below it, at the least one."""

    @property
    def worker_count(self) -> int:
        """How many workers there are on this machine."""
        wanted = self.workers or min(os.cpu_count() or 1, MAX_WORKERS)
        return max(1, min(wanted, (self.max_memory_mb - OWN_MB) // WORKER_MB))
