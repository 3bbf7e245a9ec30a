"""From code and questions to vectors."""

from mindgap_indexer.encoding.model import EmbeddingModel, load_default, load_static, load_transformer
from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.protocol import Encoder
from mindgap_indexer.encoding.static import StaticEncoder
from mindgap_indexer.encoding.transformer import SentenceTransformerEncoder
from mindgap_indexer.encoding.vectors import quantise

__all__ = [
    "EmbeddingModel",
    "Encoder",
    "Projection",
    "SentenceTransformerEncoder",
    "StaticEncoder",
    "load_default",
    "load_static",
    "load_transformer",
    "quantise",
]
