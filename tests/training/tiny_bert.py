"""A BERT of two layers and seven words, for tests of the deep model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import safetensors.numpy

from mindgap_training.export import wordpiece_tokenizer

WIDTH, LAYERS, HEADS = 32, 2, 4


def tiny_weights(vocabulary: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": random(vocabulary, WIDTH),
        "embeddings.position_embeddings.weight": random(64, WIDTH),
        "embeddings.token_type_embeddings.weight": random(2, WIDTH),
        "pooler.dense.weight": random(WIDTH, WIDTH),
    }
    sizes = {
        "attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH),
    }  # fmt: skip
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part, shape in sizes.items():
            weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"] = (
                random(*shape),
                random(shape[0]),
            )
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = 1 + random(WIDTH), random(WIDTH)
    return weights


def write_tiny_bert(folder: Path) -> Path:
    """Its folder, as sentence-transformers has them; random weights, and no marks around texts."""
    tokenizer = json.loads(wordpiece_tokenizer(["read", "the", "file", "write", "big", "now"]))
    tokenizer |= {"pre_tokenizer": {"type": "BertPreTokenizer"}, "truncation": None}
    config = {
        "model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "layer_norm_eps": 1e-12, "hidden_size": WIDTH,
        "intermediate_size": 4 * WIDTH, "vocab_size": 7, "max_position_embeddings": 64,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "model.safetensors").write_bytes(safetensors.numpy.save(tiny_weights(7)))
    return folder
