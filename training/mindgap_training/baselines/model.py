"""Retrieval by a whole model as the indexer uses it."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.types import Float32
from mindgap_training.embeddings import Document, parse_passage


class ModelRetriever:
    """Cosines of a model's own vectors; code is read as the indexer reads it."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c)."""
        units = self._model.embed_units([parse_passage(document) for document in documents])
        found: Float32 = self._model.embed_queries(queries) @ units.T
        return found
