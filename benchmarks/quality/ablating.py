"""Answers of variants: the product as it is, or its candidates in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.quality.sources import as_hit
from benchmarks.quality.types import Answered
from benchmarks.quality.variants import Variant
from mindgap_indexer import Hit, QueryError, Tier, Workspace
from mindgap_indexer.ranking import Candidate, CrossReader, rank
from mindgap_indexer.ranking.features import FEATURES, feature_matrix
from mindgap_indexer.ranking.learned import ModeWeights, Ranker, load_ranker
from mindgap_indexer.search import Gathered
from mindgap_indexer.types import Float32

LIMIT = 50
"""Hits that are asked for: a right one further down adds less than 0.02 to a reciprocal rank."""
_CERTAIN = 30.0
"""As log odds."""
ALL = 1_000
"""Hits for which no candidate is left out: one search alone is to be judged by all that it finds."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers from one workspace; what variants share is gathered once."""

    workspace: Workspace
    _gathered: dict[tuple[str, Tier, int], Gathered] = field(
        default_factory=dict[tuple[str, Tier, int], Gathered]
    )

    def answer(self, variant: Variant, text: str) -> Answered:
        """The answer of a variant; a query without any word gets none, from the product neither."""
        try:
            if variant.is_product:
                result = self.workspace.search(text, LIMIT, tier=variant.tier, index_first=False)
                return Answered(result.hits, result.abstained)
            gathered = self._gather(text, variant.tier, ALL if variant.alone else LIMIT)
        except QueryError:
            return Answered((), abstained=True)
        return (
            _alone(gathered, variant.alone)
            if variant.alone
            else _ranked(_without(gathered, variant), ranker_of(variant))
        )

    def _gather(self, text: str, tier: Tier, limit: int) -> Gathered:
        key = text, tier, limit
        if key not in self._gathered:
            gathered = self.workspace.searcher(tier).gather(text, tier=tier, limit=limit)
            self._gathered[key] = replace(gathered, cross=_reads_once(gathered.cross))
        return self._gathered[key]


def _without(gathered: Gathered, variant: Variant) -> Gathered:
    """Without the cross-encoder, nothing is read, and sureness goes by the signs that are left."""
    return replace(gathered, cross=None) if "cross" in variant.without else gathered


def _reads_once(cross: CrossReader | None) -> CrossReader | None:
    """Reads no candidate twice: variants differ little in what they put first, and reading takes longest."""
    known: dict[int, float] = {}

    def read(candidates: Sequence[Candidate]) -> Float32:
        new = [item for item in candidates if item.unit_id not in known]
        if cross is not None and new:
            known.update(zip((item.unit_id for item in new), cross(new).tolist(), strict=True))
        return np.array([known[item.unit_id] for item in candidates], np.float32)

    return None if cross is None else read


def columns(beginnings: Sequence[str]) -> list[int]:
    """Places of the features whose names begin so. Raises ValueError when one names none."""
    for beginning in beginnings:
        if not any(name.startswith(beginning) for name in FEATURES):
            raise ValueError(f"no feature begins with {beginning!r}")
    return [place for place, name in enumerate(FEATURES) if name.startswith(tuple(beginnings))]


def ranker_of(variant: Variant) -> Ranker:
    """The ranker of a variant, blind to the features that it does without and, maybe, to the wording."""
    ranker = load_ranker(variant.ranker) if variant.ranker else load_ranker()
    kept = np.ones(len(FEATURES), np.float32)
    kept[columns(variant.without)] = 0.0
    instant, deep, read = (
        {mode: _masked(weights, kept) for mode, weights in tier.items()}
        for tier in (ranker.instant, ranker.deep, ranker.read)
    )
    topic = ranker.topic if variant.topic is None else {"bias": _CERTAIN if variant.topic else -_CERTAIN}
    return Ranker(topic, instant, deep, read)


def _masked(weights: ModeWeights, kept: Float32) -> ModeWeights:
    return replace(
        weights,
        first=weights.first * kept,
        functions=weights.functions * kept,
        files=weights.files * kept,
        scattered=weights.scattered * kept,
    )


def _ranked(gathered: Gathered, ranker: Ranker) -> Answered:
    ranked, abstained = rank(gathered.query, gathered.candidates, gathered.evidence, ranker, gathered.cross)
    hits = [_hit(gathered, item.candidate, place, item.score) for place, item in enumerate(ranked[:LIMIT], 1)]
    return Answered(hits, abstained)


def _alone(gathered: Gathered, names: Sequence[str]) -> Answered:
    """Candidates that have something of the features, by their sum."""
    candidates = gathered.candidates
    if not candidates:
        return Answered((), abstained=True)
    features = feature_matrix(gathered.query, candidates, gathered.evidence)
    places = [FEATURES.index(name) for name in names]
    scores = features[:, places].sum(axis=1)
    order = sorted(
        np.flatnonzero(scores > 0).tolist(),
        key=lambda i: (-scores[i], candidates[i].path, candidates[i].unit_id),
    )
    hits: list[Hit] = [
        _hit(gathered, candidates[i], place, float(scores[i])) for place, i in enumerate(order[:LIMIT], 1)
    ]
    return Answered(hits, abstained=not hits)


def _hit(gathered: Gathered, candidate: Candidate, rank: int, score: float) -> Hit:
    return as_hit(gathered.units[candidate.unit_id], candidate.path, rank, score)
