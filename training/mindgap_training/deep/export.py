"""A tuned or plain BERT as the folder that the indexer loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import onnx

from mindgap_indexer.encoding.onnx_model import CrossModel, CrossSettings, OnnxModel, OnnxSettings
from mindgap_indexer.encoding.tensors import pack, read_bytes, unpack
from mindgap_indexer.types import Float32
from mindgap_training.deep import CROSS_QUESTION_TOKENS, CROSS_UNIT_TOKENS, QUERY_TOKENS, UNIT_TOKENS
from mindgap_training.deep.bert import Bert, mixed
from mindgap_training.deep.graph import cross_graph, sentence_graph, word_table

TUNED = "tuned.safetensors"


def write_tuned(path: Path, weights: Mapping[str, Float32]) -> None:
    """Write the weights that a run changed."""
    path.write_bytes(pack(weights, {}))


def read_tuned(path: Path) -> dict[str, Float32]:
    """What `write_tuned` wrote."""
    return unpack(read_bytes(path), path)[0]


def onnx_model(
    bert: Bert,
    unit_tokens: int = UNIT_TOKENS,
    query_tokens: int = QUERY_TOKENS,
    cross: CrossModel | None = None,
    *,
    quantised: bool = True,
) -> OnnxModel:
    """The encoder in the form that ships."""
    graph = sentence_graph(bert, max(unit_tokens, query_tokens), quantised=quantised)
    words = word_table(bert, quantised=quantised).to_bytes()
    settings = OnnxSettings(bert.dimension, unit_tokens, query_tokens)
    return OnnxModel(_bytes(graph), words, _bare(bert.tokenizer), settings, cross)


def cross_model(
    bert: Bert,
    weights: Mapping[str, Float32],
    question_tokens: int = CROSS_QUESTION_TOKENS,
    unit_tokens: int = CROSS_UNIT_TOKENS,
    *,
    quantised: bool = True,
) -> CrossModel:
    """A cross-encoder in the form that ships, from the weights that its training changed.

    It must have the words of the encoder beside which it stands.
    """
    layers = {name: weight for name, weight in weights.items() if name in bert.weights}
    graph = cross_graph(mixed(bert, layers, 1.0), weights, question_tokens + unit_tokens, quantised=quantised)
    return CrossModel(_bytes(graph), CrossSettings(question_tokens, unit_tokens))


def _bytes(graph: onnx.ModelProto) -> bytes:
    data: bytes = graph.SerializeToString(deterministic=True)
    return data


def _bare(tokenizer: str) -> str:
    """A tokeniser without lengths of its own, and without blanks in its file."""
    contents = json.loads(tokenizer) | {"truncation": None, "padding": None}
    return json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
