"""A tuned or plain BERT as the folder that the indexer loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mindgap_indexer.encoding.onnx_model import OnnxModel, OnnxSettings
from mindgap_indexer.encoding.tensors import pack, read_bytes, unpack
from mindgap_indexer.types import Float32
from mindgap_training.deep import QUERY_TOKENS, UNIT_TOKENS
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.graph import sentence_graph

TUNED = "tuned.safetensors"


def write_tuned(path: Path, weights: Mapping[str, Float32]) -> None:
    """Write the weights that a run changed."""
    path.write_bytes(pack(weights, {}))


def read_tuned(path: Path) -> dict[str, Float32]:
    """What `write_tuned` wrote."""
    return unpack(read_bytes(path), path)[0]


def onnx_model(
    bert: Bert, unit_tokens: int = UNIT_TOKENS, query_tokens: int = QUERY_TOKENS, *, quantised: bool = True
) -> OnnxModel:
    """The encoder in the form that ships."""
    graph = sentence_graph(bert, max(unit_tokens, query_tokens), quantised=quantised)
    settings = OnnxSettings(bert.dimension, unit_tokens, query_tokens)
    return OnnxModel(graph.SerializeToString(deterministic=True), _bare(bert.tokenizer), settings)


def _bare(tokenizer: str) -> str:
    """A tokeniser without lengths of its own, and without blanks in its file."""
    contents = json.loads(tokenizer) | {"truncation": None, "padding": None}
    return json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
