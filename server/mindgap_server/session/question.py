"""A search as the indexer understands it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindgap_indexer.types import Filters, Mode, Tier


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for, and where."""

    text: str
    limit: int
    mode: Mode
    tier: Tier
    filters: Filters
    folder: Path | None
    """Only this workspace folder; None: all of them."""
    places: tuple[Path, ...] | None = None
    """Only these files, and what is below these folders; None: all."""
