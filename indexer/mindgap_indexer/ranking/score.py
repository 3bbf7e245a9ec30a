"""From features to an order, with confidence in words and the courage to abstain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.ranking.features import (
    FEATURES,
    Candidate,
    Evidence,
    coherence,
    feature_matrix,
    term_weights,
)
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.types import Confidence, Float32, Mode

# First weights, set by hand; a learned ranker replaces them.
_WEIGHTS: Mapping[Mode, Mapping[str, float]] = {
    Mode.NATURAL_LANGUAGE: {
        "lexical": 0.9, "semantic": 0.6, "deep": 0.9, "name": 0.35, "name_fit": 0.15, "path": 0.15,
        "callable": 0.15, "aside": -0.15, "test": -0.5, "coherence": 0.3,
    },
    Mode.PSEUDOCODE: {
        "lexical": 0.8, "semantic": 0.8, "deep": 0.9, "name": 0.1, "name_fit": 0.1, "path": 0.05,
        "callable": 0.3, "aside": -0.15, "test": -0.5,
    },
    Mode.SYMBOL: {
        "lexical": 0.3, "semantic": 0.1, "deep": 0.1, "name": 0.6, "name_fit": 0.4, "path": 0.05,
        "fuzzy": 1.5, "callable": 0.1, "aside": -0.1, "test": -0.3,
    },
    Mode.CODE: {
        "lexical": 0.9, "semantic": 0.7, "deep": 0.9, "name": 0.2, "name_fit": 0.1, "path": 0.05,
        "callable": 0.2, "aside": -0.1, "test": -0.3,
    },
}  # fmt: skip
# (share of the query's weight that the corpus knows, best cosine): below both of one row, nothing fits.
# Pieces of unknown words are always near something, so that without any known word a cosine must be high.
_WEAK = ((0.1, 0.7), (0.5, 0.35))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place: score, confidence, and what each feature added."""

    candidate: Candidate
    score: float
    confidence: Confidence
    contributions: Mapping[str, float]


def rank(
    query: ParsedQuery, candidates: Sequence[Candidate], evidence: Evidence
) -> tuple[list[Ranked], bool]:
    """Candidates from best to worst, and whether to abstain."""
    if not candidates:
        return [], True
    weights = _WEIGHTS[query.mode]
    vector = np.array([weights.get(name, 0.0) for name in FEATURES], np.float32)
    if not evidence.deep:
        vector[FEATURES.index("deep")] = 0.0
    features = feature_matrix(query, candidates, evidence)
    column = FEATURES.index("coherence")
    features[:, column] = coherence(candidates, features @ vector)
    contributions = features * vector
    # Divided by what a perfect candidate would get, so that scores of two workspaces compare.
    scores = contributions.sum(axis=1) / vector.clip(0).sum()
    order = sorted(
        range(len(candidates)), key=lambda i: (-scores[i], candidates[i].path, candidates[i].unit_id)
    )
    ranked = [_ranked(candidates[i], float(scores[i]), contributions[i]) for i in order]
    return _copies_behind(ranked), _abstains(query, evidence, ranked[0])


def _ranked(candidate: Candidate, score: float, contributions: Float32) -> Ranked:
    named = {
        name: round(float(value), 4) for name, value in zip(FEATURES, contributions, strict=True) if value
    }
    return Ranked(candidate, score, _confidence(score), named)


def _confidence(score: float) -> Confidence:
    if score >= 0.6:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= 0.4 else Confidence.LOW


def _copies_behind(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The same content in several places (vendored, two builds of one file): all but the first count half."""
    seen: set[int] = set()
    marked: list[Ranked] = []
    for item in ranked:
        if item.candidate.content_id in seen:
            score = item.score / 2
            why = {**item.contributions, "copy": score - item.score}
            item = Ranked(item.candidate, score, _confidence(score), why)
        marked.append(item)
        seen.add(item.candidate.content_id)
    return sorted(marked, key=lambda item: -item.score)


def _abstains(query: ParsedQuery, evidence: Evidence, best: Ranked) -> bool:
    """Nothing fits: the corpus does not know most of the words and no vector is near."""
    if query.mode is Mode.SYMBOL:
        return best.contributions.get("fuzzy", 0.0) < 0.4 and best.contributions.get("name", 0.0) == 0.0
    weights = term_weights(query, evidence)
    known = sum(weight for term, weight in weights.items() if evidence.document_counts.get(term))
    nearest = max([*evidence.semantic.values(), *evidence.deep.values()], default=0.0)
    share = known / sum(weights.values())
    return any(share < least and nearest < cosine for least, cosine in _WEAK)
