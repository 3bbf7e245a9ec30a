"""A search as the indexer understands it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindgap_indexer.types import Filters, Kind, Mode, Tier
from mindgap_server.protocol import SearchParams


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

    @classmethod
    def of(cls, params: SearchParams, default_limit: int, folder: Path | None) -> Question:
        """The question that a client's parameters ask."""
        return cls(
            text=params.query,
            limit=params.limit or default_limit,
            mode=Mode(params.mode),
            tier=Tier(params.tier),
            filters=Filters(params.languages, params.paths, tuple(Kind(kind) for kind in params.kinds)),
            folder=folder,
        )
