"""Tiny seeded stand-ins for models, for tests of whatever uses them."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding import EmbeddingModel, Projection
from mindgap_indexer.encoding.static_model import StaticModel, write_static_model
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.types import Float32, Passage
from mindgap_indexer.words import words
from mindgap_training.export import static_model

WORDS = ("parse", "config", "file", "read", "write", "path", "graph", "shortest", "sort", "list")
LETTERS = string.ascii_lowercase + string.digits
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


class HashEncoder:
    """Sums one pseudo-random vector per word: texts that share words are similar, others are not."""

    def __init__(self, dimension: int = 64, seed: int = 0) -> None:
        self.dimension = dimension
        self.fingerprint = f"hash-{dimension}-{seed}"
        self._seed = seed

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        return self.encode_queries([f"{p.qualname} {p.signature} {p.doc} {p.body}" for p in passages])

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        rows = [self._sum(words(text)) for text in texts]
        return normalise(np.array(rows, np.float32).reshape(len(texts), self.dimension))

    def _sum(self, found: Sequence[str]) -> Vector:
        return sum((_vector(self._seed, self.dimension, word) for word in found), np.zeros(self.dimension))


@cache
def _vector(seed: int, dimension: int, word: str) -> Vector:
    digest = hashlib.sha256(f"{seed}:{word}".encode()).digest()
    return np.random.default_rng(list(digest)).standard_normal(dimension)


def hash_model(dimension: int = 64, seed: int = 0) -> EmbeddingModel:
    """A whole model in memory; another seed is another model."""
    encoder = HashEncoder(dimension, seed)
    return EmbeddingModel(encoder, Projection.identity(dimension, encoder.fingerprint))


def tiny_static_model(seed: int = 0, dimension: int = 32) -> StaticModel:
    """A static model of a few words and all letters, so that it has a vector for any ASCII word."""
    vocabulary = [*LETTERS, *(f"##{c}" for c in LETTERS), *WORDS]
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((len(vocabulary), dimension)).astype(np.float32)
    weights = random.uniform(0.5, 1, len(vocabulary)).astype(np.float32)
    return static_model(vocabulary, vectors, weights, weights)


def make_tiny_model(folder: Path, seed: int = 0, dimension: int = 32) -> Path:
    """Write a tiny static model's folder, as `load_static` reads it."""
    write_static_model(folder, tiny_static_model(seed, dimension))
    return folder
