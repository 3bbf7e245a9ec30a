"""What a user can set of the indexer; every default works."""

from __future__ import annotations

import os
from dataclasses import dataclass

MAX_WORKERS = 4
"""More would mostly wait for the one process that writes."""
OWN_MB, WORKER_MB = 290, 180
"""What the process that writes takes with its parser, and each worker beside it.

Measured over 40,000 functions; 20,000 more take 60 MB more.
"""
ASKING_MB = 200
"""And a server at rest over 50,000 functions, where another process indexes for it."""


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
    """Processes that index when there is much to do; 0: one a processor, at most 4."""
    pause_on_battery: bool = True
    """The deep tier waits in the background while the machine runs on battery."""
    pause_under_load: bool = True
    """The deep tier waits in the background while the machine is busy with other things."""
    max_memory_mb: int = 700
    """Memory for a first index, all processes together: fewer workers keep below it, at the least one."""

    @property
    def worker_count(self) -> int:
        """How many processes index on this machine, the one that writes included."""
        return self._workers_within(self.max_memory_mb)

    @property
    def worker_count_apart(self) -> int:
        """The same, where they are others than the process that was asked."""
        return self._workers_within(self.max_memory_mb - ASKING_MB)

    def _workers_within(self, megabytes: int) -> int:
        wanted = self.workers or min(os.cpu_count() or 1, MAX_WORKERS)
        return max(1, min(wanted, 1 + (megabytes - OWN_MB) // WORKER_MB))
