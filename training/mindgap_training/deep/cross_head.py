"""What a cross-encoder has beside the layers of its BERT: the head, by the names of its weights."""

from __future__ import annotations

import numpy as np

from mindgap_indexer.types import Float32

CROSS = "cross.safetensors"
"""The file of all that its training changed: layers and head."""

PRODUCT, MEAN, BIAS = "cross.product", "cross.mean", "cross.bias"


def start_head(dimension: int) -> dict[str, Float32]:
    """Product and mean (d,), bias (1,) before training: they say what the vectors of both sides say."""
    return {
        PRODUCT: np.full(dimension, 10, np.float32),
        MEAN: np.zeros(dimension, np.float32),
        BIAS: np.full(1, -5, np.float32),
    }
