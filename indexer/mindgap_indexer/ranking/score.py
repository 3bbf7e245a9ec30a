"""From features to an order, with confidence in words and the courage to abstain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mindgap_indexer.ranking.cross import CROSS, CrossReader, read_best
from mindgap_indexer.ranking.features import FEATURES, Candidate, Evidence, feature_matrix
from mindgap_indexer.ranking.learned import Ranker, closeness, contributions, load_ranker
from mindgap_indexer.ranking.logistic import probability
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.ranking.sureness import hit_signs, query_signs, says_nothing
from mindgap_indexer.ranking.topics import TOPIC, topic_share
from mindgap_indexer.types import Confidence, Float32, Mode

_COPY = 2.0
"""By how much a second copy of a content (vendored, two builds of one file) stands behind the first."""
_NAMESAKE = 1.0
"""And a second unit of one name in one file (overloads, a method and its short form) behind the first."""
_VERBATIM = 2.0
"""By how much a unit whose name is exactly the query stands before those of another case or underscore."""
_HIGH, _MEDIUM = 0.7, 0.4
_SEPARATOR = re.compile(r"::|->|[#/]")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place: score, confidence, and what each feature added."""

    candidate: Candidate
    score: float
    """How sure it is, between 0 and 1."""
    added: Float32
    """What each feature added to its place in its file, (features,)."""

    @property
    def confidence(self) -> Confidence:
        """The score in words."""
        if self.score >= _HIGH:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.score >= _MEDIUM else Confidence.LOW

    @property
    def contributions(self) -> Mapping[str, float]:
        """What each feature added, by name; those that added nothing are left out."""
        rounded: list[float] = self.added.astype(np.float64).round(4).tolist()
        return {name: value for name, value in zip(FEATURES, rounded, strict=True) if value}


def rank(
    query: ParsedQuery,
    candidates: Sequence[Candidate],
    evidence: Evidence,
    ranker: Ranker | None = None,
    cross: CrossReader | None = None,
) -> tuple[list[Ranked], bool]:
    """Candidates from best to worst, and whether to abstain; `cross` reads the best of them again."""
    if not candidates:
        return [], True
    ranker = ranker or load_ranker()
    weights = (ranker.deep if evidence.deep else ranker.instant)[query.mode]
    features = feature_matrix(query, candidates, evidence)
    topic = topic_share(query, ranker.topic)
    added, scores = contributions(weights, candidates, features, topic)
    order, scores = _in_order(query, candidates, scores)
    if cross is not None and read_best(features, candidates, order, cross):
        weights = ranker.read[query.mode]
        added, scores = contributions(weights, candidates, features, topic)
        # All candidates get much from it; what tells is how much more than the least.
        added[:, CROSS] -= added[:, CROSS].min()
        order, scores = _in_order(query, candidates, scores)
    signs = {**query_signs(query, evidence), TOPIC: topic, **hit_signs(features, order)}
    # Where only the words tell, it counts how many of them the code base has.
    sure = signs["known"] if says_nothing(signs) else probability(signs, weights.sureness)
    close = closeness(scores)
    shares = sure * close / close.max()
    ranked = [Ranked(candidates[i], float(shares[i]), added[i]) for i in order]
    return ranked, sure < weights.least_sureness


def _in_order(
    query: ParsedQuery, candidates: Sequence[Candidate], scores: Float32
) -> tuple[list[int], Float32]:
    """The places of candidates from best to worst, and the score of each (n,) with what does not add up."""
    scores = scores.copy()
    if query.mode is Mode.SYMBOL:
        scores += _VERBATIM * _verbatim(query.text, candidates)
    # Equals by path and place, whichever search found them first.
    by_place = sorted(range(len(candidates)), key=lambda i: (candidates[i].path, candidates[i].unit_id))
    order = sorted(by_place, key=(-scores).tolist().__getitem__)
    for penalty, key in ((_COPY, _content), (_NAMESAKE, _place)):
        repeated = _repeated([key(candidates[i]) for i in order])
        scores[[order[place] for place in repeated]] -= penalty
    order.sort(key=(-scores).tolist().__getitem__)
    return order, scores


def _verbatim(text: str, candidates: Sequence[Candidate]) -> npt.NDArray[np.bool_]:
    """Whether the name of each candidate, qualified or not, is spelt exactly like this, (n,)."""
    wanted = "." + _SEPARATOR.sub(".", text.strip().removesuffix("()"))
    return np.array([f".{item.qualname}".endswith(wanted) for item in candidates], np.bool_)


def _content(candidate: Candidate) -> object:
    return candidate.content_id


def _place(candidate: Candidate) -> object:
    return candidate.code_base, candidate.path, candidate.name


def _repeated(keys: Sequence[object]) -> list[int]:
    """Places of keys that stand further ahead already."""
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    return [place for place, key in enumerate(keys) if first[key] < place]
