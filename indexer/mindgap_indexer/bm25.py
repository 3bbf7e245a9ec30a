"""BM25 over the weighted fields of a unit."""

from __future__ import annotations

import math
from collections.abc import Mapping

FIELD_WEIGHTS = (12, 4, 4, 4, 8, 3, 2)
"""Of name, scopes, path, signature, summary, rest of the doc, body; whole numbers, so that counts are."""

K1 = 1.2 * 2
"""Twice the customary value, because a term of the body counts 2."""
B = 0.75
GAIN = 2.2
"""What a term that fills a document counts: k1 + 1."""


def inverse_frequency(document_count: int, documents: int) -> float:
    """Weight of a term that occurs in so many of so many documents; never zero."""
    return max(math.log((documents - document_count + 0.5) / (document_count + 0.5)), 1e-6)


def score(
    counts: Mapping[str, int], length: int, weights: Mapping[str, float], average_length: float
) -> float:
    """BM25 of one document for query terms with their inverse frequencies."""
    slack = K1 * (1 - B + B * length / max(average_length, 1.0))
    return sum(
        weight * count * GAIN / (count + slack)
        for term, weight in weights.items()
        if (count := counts.get(term, 0))
    )
