"""Arithmetic on rows of vectors: unit length, and int8 for the store."""

from __future__ import annotations

import numpy as np

from mindgap_indexer.types import Float32, Int8


def normalise(x: Float32) -> Float32:
    """Rows of (n, d) scaled to length 1; zero rows stay zero."""
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    rows: Float32 = np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)
    return rows


def quantise(x: Float32) -> Int8:
    """Rows of (n, d) as int8, each with its own scale 127 / max |x|, which no cosine sees."""
    peaks = np.abs(x).max(axis=1, keepdims=True, initial=0.0)
    scaled: Float32 = np.divide(x * np.float32(127), peaks, out=np.zeros_like(x), where=peaks > 0)
    return np.rint(scaled).astype(np.int8)
