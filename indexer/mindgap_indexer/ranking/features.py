"""What is known of each candidate, as numbers between 0 and 1."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.ranking.query import ParsedQuery, trigrams
from mindgap_indexer.terms import terms
from mindgap_indexer.types import CALLABLE, Float32, Kind
from mindgap_indexer.words import compact

FEATURES = (
    "lexical",
    "semantic",
    "deep",
    "name",
    "name_fit",
    "path",
    "fuzzy",
    "callable",
    "aside",
    "test",
    "coherence",
)
"""Order of the columns; what each means stands beside its computation below."""

_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing|testdata|fixtures?|mocks?)/|"
    r"(?:^|/)(?:test_[^/]*|[^/]*[_.-](?:test|tests|spec)|[^/]*Tests?)\.\w+$"
)
_ASIDE_PATH = re.compile(
    r"(?:^|/)(?:examples?|demos?|samples?|docs?|benchmarks?|bench|vendor|third_party|external|deprecated|"
    r"legacy|compat|generated|migrations|locales?|i18n)/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer, by what the store knows of it."""

    unit_id: int
    content_id: int
    path: str
    kind: Kind
    name: str
    qualname: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the searches said."""

    lexical: Mapping[int, float]
    """BM25 by unit id."""
    semantic: Mapping[int, float]
    """Cosine in the instant space by content id."""
    deep: Mapping[int, float]
    """Cosine in the deep space by content id; empty without that tier."""
    document_counts: Mapping[str, int]
    """In how many units each query term occurs."""
    unit_count: int


def term_weights(query: ParsedQuery, evidence: Evidence) -> dict[str, float]:
    """Inverse document frequency of each query term; terms that occur nowhere weigh like the rarest."""
    total = max(evidence.unit_count, 1)
    return {term: math.log(1 + total / (1 + evidence.document_counts.get(term, 0))) for term in query.terms}


def feature_matrix(query: ParsedQuery, candidates: Sequence[Candidate], evidence: Evidence) -> Float32:
    """Features of all candidates: (len(candidates), len(FEATURES))."""
    weights = term_weights(query, evidence)
    best_lexical = max(*evidence.lexical.values(), 1e-9, 0.0)
    semantic = _stretched(evidence.semantic)
    deep = _stretched(evidence.deep)
    wants_tests = bool({"test", "spec", "mock", "fixtur"} & set(query.terms))
    rows = [
        (
            # BM25 over all fields, relative to the best.
            evidence.lexical.get(c.unit_id, 0.0) / best_lexical,
            # Cosine, stretched from the candidates' median to their best.
            semantic.get(c.content_id, 0.0),
            deep.get(c.content_id, semantic.get(c.content_id, 0.0)) if evidence.deep else 0.0,
            *_name_features(c, weights),
            # Share of the query that the path says.
            _covered(weights, frozenset(terms(c.path))),
            # Likeness of spelling, for symbols.
            _likeness(query, c),
            float(c.kind in CALLABLE),
            float(bool(_ASIDE_PATH.search(c.path))),
            0.0 if wants_tests else float(bool(_TEST_PATH.search(c.path))),
            # What else in the file answers: filled in by the caller, who has the other features' scores.
            0.0,
        )
        for c in candidates
    ]
    return np.array(rows, np.float32).reshape(len(candidates), len(FEATURES))


def coherence(candidates: Sequence[Candidate], scores: Float32) -> Float32:
    """How well the rest of each candidate's file answers, relative to the best file: (n,).

    A file whose other functions answer too is about the subject. Of the others' scores (n,) the best three
    count, each rank a harmonic share less.
    """
    by_path: dict[str, list[float]] = {}
    for candidate, score in zip(candidates, scores.tolist(), strict=True):
        by_path.setdefault(candidate.path, []).append(max(score, 0.0))
    sums = np.zeros(len(candidates), np.float32)
    for i, (candidate, score) in enumerate(zip(candidates, scores.tolist(), strict=True)):
        others = sorted(by_path[candidate.path], reverse=True)
        others.remove(max(score, 0.0))
        sums[i] = sum(other / place for place, other in enumerate(others[:3], 1))
    return sums / max(float(sums.max(initial=0.0)), 1e-6)


def _stretched(cosines: Mapping[int, float]) -> dict[int, float]:
    """Cosines from their median (0) to their maximum (1): models differ in where they put zero."""
    if not cosines:
        return {}
    values = sorted(cosines.values())
    low, high = values[len(values) // 2], values[-1]
    span = max(high - low, 0.05)
    return {key: min(max((value - low) / span, 0.0), 1.0) for key, value in cosines.items()}


def _covered(weights: Mapping[str, float], found: frozenset[str]) -> float:
    """Share of the query's weight whose terms are among `found`."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _name_features(candidate: Candidate, weights: Mapping[str, float]) -> tuple[float, float]:
    """Share of the query that the qualified name says, and share of the name that the query says."""
    own = frozenset(terms(candidate.name))
    fit = len(own & weights.keys()) / len(own) if own else 0.0
    return _covered(weights, own | frozenset(terms(candidate.qualname))), fit


def _likeness(query: ParsedQuery, candidate: Candidate) -> float:
    """Dice coefficient of the spellings' trigrams, best of name and qualified name."""
    if not query.trigrams:
        return 0.0
    wanted = set(query.trigrams)
    best = 0.0
    for spelling in (candidate.name, candidate.qualname):
        own = set(trigrams(compact(spelling)))
        if own:
            best = max(best, 2 * len(wanted & own) / (len(wanted) + len(own)))
    if compact(candidate.name) == compact(query.text):
        return 1.0
    return min(best, 0.99)
