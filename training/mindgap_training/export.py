"""From float arrays to the files of a static model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from mindgap_indexer.encoding.static_model import FieldWeights, StaticModel, StaticTable
from mindgap_indexer.encoding.vectors import quantise
from mindgap_indexer.types import Float32

UNKNOWN = "[UNK]"
PREFIX = "##"
"""Of a sub-word that continues a word."""


def static_model(
    vocabulary: Sequence[str],
    vectors: Float32,
    unit_weights: Float32,
    query_weights: Float32,
    field_weights: FieldWeights | None = None,
    provenance: Mapping[str, object] | None = None,
) -> StaticModel:
    """A static model of sub-words (continuing ones with PREFIX), vectors (v, d) and weights (v,).

    The unknown word is put in front of them, with no weight.
    """
    peaks: Float32 = np.abs(vectors).max(axis=1)
    rows = quantise(vectors)
    table = StaticTable(
        rows=np.concatenate([np.zeros((1, rows.shape[1]), np.int8), rows]),
        scales=_with_unknown(peaks / np.float32(127)),
        unit_weights=_with_unknown(unit_weights),
        query_weights=_with_unknown(query_weights),
    )
    return StaticModel(
        table, wordpiece_tokenizer(vocabulary), field_weights or FieldWeights(), dict(provenance or {})
    )


def wordpiece_tokenizer(vocabulary: Sequence[str]) -> str:
    """A tokeniser that splits a single lower-case word greedily, in the JSON of the tokenizers library."""
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": False,
                "strip_accents": True,
                "lowercase": True,
            },
            "pre_tokenizer": None,
            "post_processor": None,
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": UNKNOWN,
                "continuing_subword_prefix": PREFIX,
                "max_input_chars_per_word": 100,
                "vocab": {word: i for i, word in enumerate([UNKNOWN, *vocabulary])},
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _with_unknown(values: Float32) -> Float32:
    return np.concatenate([np.zeros(1, np.float32), values.astype(np.float32)])
