"""What every method of a comparison offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mindgap_indexer.types import Float32
from mindgap_training.embeddings import Document


class Retriever(Protocol):
    """Gives each question and answer a score; only the order within one question counts."""

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c), higher is better."""
        ...
