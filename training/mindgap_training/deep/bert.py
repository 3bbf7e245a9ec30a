"""The weights of a BERT sentence encoder, read from and written to safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.tensors import read_bytes, unpack
from mindgap_indexer.types import Float32
from mindgap_training.errors import TrainingDataError


@dataclass(frozen=True, slots=True)
class BertShape:
    """The sizes of a BERT encoder that its weights do not tell."""

    layers: int
    heads: int
    epsilon: float
    """Of the layer normalisations."""


@dataclass(frozen=True, slots=True)
class Bert:
    """A BERT encoder whose mean of token vectors, scaled to length 1, stands for a text."""

    shape: BertShape
    weights: Mapping[str, Float32]
    """By the names that Hugging Face gives them."""
    tokenizer: str
    """The JSON of the tokenizers library."""

    @property
    def dimension(self) -> int:
        """Width of the token vectors."""
        return int(self.weights["embeddings.word_embeddings.weight"].shape[1])


def read_bert(folder: Path) -> Bert:
    """A sentence-transformers folder of a BERT with mean pooling."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        tokenizer = (folder / "tokenizer.json").read_text("utf-8")
    except (OSError, ValueError) as error:
        raise TrainingDataError(f"{folder} holds no complete BERT model ({error}).") from error
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise TrainingDataError(f"{folder} is no BERT model with GELU. Only such models can be tuned.")
    path = folder / "model.safetensors"
    arrays, _ = unpack(read_bytes(path), path)
    weights = {name: array.astype(np.float32) for name, array in arrays.items() if array.ndim in (1, 2)}
    weights.pop("embeddings.position_ids", None)
    shape = BertShape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])
    return Bert(shape, weights, tokenizer)


def mixed(bert: Bert, trained: Mapping[str, Float32], share: float) -> Bert:
    """A mean of an encoder before and after training: `share` of the trained weights, the rest of the old.

    Reference: M. Wortsman et al., Robust fine-tuning of zero-shot models, 2022 (WiSE-FT).
    """
    means = {name: (1 - share) * bert.weights[name] + share * weight for name, weight in trained.items()}
    return replace(bert, weights={**bert.weights, **means})
