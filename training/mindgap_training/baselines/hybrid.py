"""Words and vectors together: one score from two retrievers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mindgap_indexer.types import Float32
from mindgap_training.baselines.protocol import Retriever
from mindgap_training.embeddings import Document
from mindgap_training.metrics import rank_metrics

_WEIGHTS = tuple(i / 10 for i in range(11))


class Hybrid:
    """A weighted sum of two retrievers' scores, each brought to mean 0 and spread 1 within a question."""

    def __init__(self, first: Retriever, second: Retriever, weight: float) -> None:
        self._first, self._second = first, second
        self.weight = weight
        """Share of the second."""

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c)."""
        first = standardise(self._first.scores(queries, documents))
        second = standardise(self._second.scores(queries, documents))
        return mix(first, second, self.weight)


def fit_hybrid(
    first: Retriever, second: Retriever, queries: Sequence[str], documents: Sequence[Document]
) -> Hybrid:
    """The hybrid with the weight of the highest MRR on pairs that are not measured later."""
    a = standardise(first.scores(queries, documents))
    b = standardise(second.scores(queries, documents))
    own = [[i] for i in range(len(queries))]
    best = max(_WEIGHTS, key=lambda weight: float(rank_metrics(mix(a, b, weight), own)["mrr"].mean()))
    return Hybrid(first, second, best)


def mix(first: Float32, second: Float32, weight: float) -> Float32:
    """The weighted sum of standardised scores."""
    return ((1 - weight) * first + weight * second).astype(np.float32)


def standardise(scores: Float32) -> Float32:
    """Each row of (q, c) with mean 0 and spread 1; rows of equal scores become 0."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    rows: Float32 = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return rows
