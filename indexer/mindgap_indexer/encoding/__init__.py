"""From code and questions to vectors."""

from mindgap_indexer.encoding.cross_encoder import CrossEncoder
from mindgap_indexer.encoding.model import (
    EmbeddingModel,
    load_deep,
    load_deep_default,
    load_default,
    load_onnx,
    load_static,
    load_transformer,
)
from mindgap_indexer.encoding.onnx_encoder import OnnxEncoder
from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.protocol import Encoder
from mindgap_indexer.encoding.static import StaticEncoder
from mindgap_indexer.encoding.transformer import SentenceTransformerEncoder
from mindgap_indexer.encoding.vectors import quantise

__all__ = [
    "CrossEncoder",
    "EmbeddingModel",
    "Encoder",
    "OnnxEncoder",
    "Projection",
    "SentenceTransformerEncoder",
    "StaticEncoder",
    "load_deep",
    "load_deep_default",
    "load_default",
    "load_onnx",
    "load_static",
    "load_transformer",
    "quantise",
]
