"""The variants that are compared: the product in its tiers, and the product without one of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.quality.types import Answered
from mindgap_indexer import Hit, SearchResult, Tier


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to answer."""

    name: str
    tier: Tier = Tier.INSTANT
    order_by: tuple[str, ...] = ()
    """Ranking features whose contributions alone order the candidates; empty: the product's own order."""

    @property
    def needs_deep(self) -> bool:
        """Deep vectors must be there."""
        return self.tier is not Tier.INSTANT

    def arrange(self, result: SearchResult) -> Answered:
        """The hits in the order of this variant."""
        return Answered(self._ordered(result.hits), result.abstained)

    def _ordered(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        if not self.order_by:
            return hits
        scores = {hit.rank: sum(hit.features.get(name, 0.0) for name in self.order_by) for hit in hits}
        found = [hit for hit in hits if scores[hit.rank] > 0]
        return sorted(found, key=lambda hit: (-scores[hit.rank], hit.path, hit.start_byte))


VARIANTS: Sequence[Variant] = (
    Variant("instant"),
    Variant("bm25", order_by=("lexical",)),
    Variant("vectors", order_by=("semantic",)),
    Variant("no ranker", order_by=("lexical", "semantic")),
    Variant("deep", Tier.DEEP),
    Variant("deep vectors", Tier.DEEP, order_by=("deep",)),
    Variant("deep no ranker", Tier.DEEP, order_by=("lexical", "semantic", "deep")),
)
