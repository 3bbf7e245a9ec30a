"""How sure an answer is as a whole: whether the code base holds what was asked for at all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mindgap_indexer.ranking.features import FEATURES, Evidence, term_weights
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.types import Float32

_FEATURES = {
    "late": "late_share",
    "exact": "exact",
    "cosine": "semantic_cosine",
    "deep_cosine": "deep_cosine",
    "cross": "cross",
    "name": "late_name",
    "doc": "late_doc",
    "body": "late_body",
    "gist": "shape_gist_cosine",
    "path": "path",
    "letters": "spelling_letters",
    "pieces": "spelling_pieces",
    "spelt_words": "spelling_words",
    "short": "spelling_short",
}
_COLUMNS = [FEATURES.index(feature) for feature in _FEATURES.values()]
_FIRST_HITS = 5
_PER_HIT = 10
"""Among fewer candidates for each of them, the first hits are whatever there is and speak against nothing."""


def query_signs(query: ParsedQuery, evidence: Evidence) -> dict[str, float]:
    """What the query itself tells of the chance to find an answer."""
    weights = term_weights(query, evidence)
    known = sum(weight for term, weight in weights.items() if evidence.document_counts.get(term))
    return {
        # Share of the query's weight whose words occur in the code base at all.
        "known": known / max(sum(weights.values()), 1e-6),
        # Long questions are never met in full.
        "words": math.log1p(len(query.terms)) / 3,
        # What code of others reaches, this code should surpass.
        "usual_cosine": evidence.usual_cosine,
        "bias": 1.0,
    }


def hit_signs(features: Float32, order: Sequence[int]) -> dict[str, float]:
    """What the features (n, features) tell of the first hit, of the first five and of the best of all."""
    count = max(1, min(_FIRST_HITS, len(order) // _PER_HIT))
    views = {
        "first": features[order[0]],
        "five": features[list(order[:count])].mean(axis=0),
        "most": features.max(axis=0),
    }
    return {
        f"{view}_{name}": float(value)
        for view, row in views.items()
        for name, value in zip(_FEATURES, row[_COLUMNS], strict=True)
    }


def says_nothing(said: Mapping[str, float]) -> bool:
    """Whether no hit has any sign: the question is in a script that the model does not know."""
    return not any(value for name, value in said.items() if name.startswith("most_"))
