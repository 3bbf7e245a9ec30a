"""Okapi BM25 by the full-text index that the store uses, with its own splitting of identifiers."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import numpy as np

from mindgap_indexer.types import Float32
from mindgap_indexer.words import words
from mindgap_training.embeddings import Document

_MATCH = "SELECT rowid, bm25(units) FROM units WHERE units MATCH ?"


class Bm25Index:
    """SQLite's FTS5 (k1 = 1.2, b = 0.75) over words as the indexer splits them.

    Reference: S. Robertson, H. Zaragoza, The probabilistic relevance framework: BM25 and beyond, 2009.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._size = len(documents)
        self._index = apsw.Connection(":memory:")
        # Words are split before; what is left is letters and digits with their accents.
        self._index.execute(
            "CREATE VIRTUAL TABLE units USING fts5(text, tokenize = 'unicode61 remove_diacritics 0')"
        )
        rows = ((i, " ".join(words(document.text))) for i, document in enumerate(documents))
        self._index.executemany("INSERT INTO units(rowid, text) VALUES (?, ?)", rows)

    def scores(self, query: str) -> Float32:
        """Scores (c,); 0 where no word is shared."""
        out = np.zeros(self._size, np.float32)
        asked = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(query)))
        for place, score in self._index.execute(_MATCH, (asked,)) if asked else ():
            out[place] = -score
        return out


class Bm25:
    """BM25 over the documents it is asked about."""

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c)."""
        index = Bm25Index(documents)
        return np.stack([index.scores(query) for query in queries])
