"""How a workspace folder stands at a moment: what a client is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
