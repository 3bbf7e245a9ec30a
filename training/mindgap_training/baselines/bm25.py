"""Okapi BM25 by the full-text index that the store uses, with its own splitting of identifiers."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import numpy as np

from mindgap_indexer.types import Float32
from mindgap_indexer.words import words
from mindgap_training.embeddings import Document


class Bm25:
    """SQLite's FTS5 (k1 = 1.2, b = 0.75) over words as the indexer splits them.

    Reference: S. Robertson, H. Zaragoza, The probabilistic relevance framework: BM25 and beyond, 2009.
    """

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Scores (q, c); 0 where no word is shared."""
        index = apsw.Connection(":memory:")
        # Words are split before; what is left is letters and digits with their accents.
        index.execute(
            "CREATE VIRTUAL TABLE units USING fts5(text, tokenize = 'unicode61 remove_diacritics 0')"
        )
        rows = ((i, " ".join(words(document.text))) for i, document in enumerate(documents))
        index.executemany("INSERT INTO units(rowid, text) VALUES (?, ?)", rows)
        out = np.zeros((len(queries), len(documents)), np.float32)
        for row, query in zip(out, queries, strict=True):
            asked = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(query)))
            if asked:
                for place, score in index.execute(
                    "SELECT rowid, bm25(units) FROM units WHERE units MATCH ?", (asked,)
                ):
                    row[place] = -score
        index.close()
        return out
