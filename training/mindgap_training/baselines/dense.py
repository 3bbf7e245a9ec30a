"""Retrieval by vectors: a frozen base with a projection behind it, or without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.types import Float32
from mindgap_training.embeddings import Document, FrozenBase


class Projector(Protocol):
    """Heads as torch trains them or as the indexer reads them."""

    def project_queries(self, x: Float32) -> Float32:
        """Base vectors (n, d) in the shared space."""
        ...

    def project_units(self, x: Float32) -> Float32:
        """Base vectors (n, d) in the shared space."""
        ...


class Dense:
    """Inner products of projected base vectors; cosines, since projections end in unit vectors."""

    def __init__(
        self, base: FrozenBase, projection: Projector | None = None, noise: float = 0.0, seed: int = 0
    ) -> None:
        self._base, self._projection = base, projection
        self._noise, self._seed = noise, seed

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c)."""
        x = add_noise(self._base.queries(queries), self._noise, self._seed)
        y = add_noise(self._base.documents(documents), self._noise, self._seed + 1)
        if self._projection is not None:
            x, y = self._projection.project_queries(x), self._projection.project_units(y)
        found: Float32 = x @ y.T
        return found


def add_noise(vectors: Float32, length: float, seed: int) -> Float32:
    """Unit vectors (n, d), each moved by a random vector of about the given length, of length 1 again."""
    if not length:
        return vectors
    moves = np.random.default_rng(seed).standard_normal(vectors.shape) * (length / vectors.shape[1] ** 0.5)
    return normalise((vectors + moves).astype(np.float32))
