"""The variants that are compared: the product in its tiers, and the product without one of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mindgap_indexer import Tier


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to answer."""

    name: str
    tier: Tier = Tier.INSTANT
    alone: tuple[str, ...] = ()
    """Features, by their whole names, whose plain sum orders the candidates, instead of the ranker."""
    without: tuple[str, ...] = ()
    """Features that the ranker does not see, by how their names begin: `shape` means every shape_…; it is
    not trained anew."""
    topic: bool | None = None
    """What every question in words is taken to be about, whatever its wording: a topic, or one function."""
    ranker: Path | None = None
    """Another ranker than the one that ships, as `mindgap train ranker` writes it."""

    @property
    def needs_deep(self) -> bool:
        """Deep vectors must be there."""
        return self.tier is not Tier.INSTANT

    @property
    def is_product(self) -> bool:
        """It answers as a user's search does."""
        return not (self.alone or self.without or self.ranker) and self.topic is None


INSTANT = Variant("instant")
DEEP = Variant("deep", Tier.DEEP)

VARIANTS: Sequence[Variant] = (
    INSTANT,
    Variant("bm25", alone=("lexical",)),
    Variant("vectors", alone=("semantic",)),
    Variant("late", alone=("late_share",)),
    Variant("no ranker", alone=("lexical", "semantic")),
    Variant("no bm25", without=("lexical",)),
    Variant("no vectors", without=("semantic",)),
    Variant("no late", without=("late", "exact")),
    Variant("no structure", without=("shape",)),
    Variant("no mentions", without=("mention",)),
    Variant("no spelling", without=("spelling",)),
    Variant("no path", without=("path", "file_fit")),
    Variant("no kinds", without=("callable", "type", "size", "aside", "test")),
    Variant("no coherence", without=("coherence",)),
    Variant("all topics", topic=True),
    Variant("all functions", topic=False),
    DEEP,
    Variant("auto", Tier.AUTO),
    Variant("deep vectors", Tier.DEEP, alone=("deep",)),
    Variant("deep no ranker", Tier.DEEP, alone=("lexical", "semantic", "deep")),
    Variant("deep no cross", Tier.DEEP, without=("cross",)),
    Variant("deep no late", Tier.DEEP, without=("late", "exact")),
    Variant("deep no structure", Tier.DEEP, without=("shape",)),
    Variant("deep all topics", Tier.DEEP, topic=True),
    Variant("deep all functions", Tier.DEEP, topic=False),
)


def with_ranker(text: str) -> Variant:
    """A variant `[deep ]NAME=FILE` with a ranker of its own. Raises ValueError."""
    name, equals, file = text.partition("=")
    if not equals or not Path(file).is_file():
        raise ValueError(f"{text!r} does not name a ranker: write NAME=FILE")
    base = DEEP if name.startswith("deep ") else INSTANT
    return replace(base, name=name, ranker=Path(file))
