"""BM25 over the weighted fields of a unit, as the store's full-text index computes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

FIELD_WEIGHTS = (6.0, 2.0, 2.0, 2.0, 4.0, 1.5, 1.0)
"""Of name, scopes, path, signature, summary, rest of the doc, body."""

K1 = 1.2
B = 0.75


def weighted_counts(fields: Sequence[str]) -> tuple[dict[str, float], int]:
    """How often each term occurs in a unit's fields, weighted by field, and the number of all terms."""
    counts: dict[str, float] = {}
    length = 0
    for text, weight in zip(fields, FIELD_WEIGHTS, strict=True):
        for term in (found := text.split()):
            counts[term] = counts.get(term, 0.0) + weight
        length += len(found)
    return counts, length


def inverse_frequency(document_count: int, documents: int) -> float:
    """Weight of a term that occurs in so many of so many documents; never zero."""
    return max(math.log((documents - document_count + 0.5) / (document_count + 0.5)), 1e-6)


def score(
    counts: Mapping[str, float], length: int, weights: Mapping[str, float], average_length: float
) -> float:
    """BM25 of one document for query terms with their inverse frequencies."""
    slack = K1 * (1 - B + B * length / max(average_length, 1.0))
    return sum(
        weight * count * (K1 + 1) / (count + slack)
        for term, weight in weights.items()
        if (count := counts.get(term, 0.0))
    )
