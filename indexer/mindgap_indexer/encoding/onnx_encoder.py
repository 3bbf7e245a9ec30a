"""The deep encoder that ships: an int8 transformer run by onnxruntime, without torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mindgap_indexer.encoding.onnx_model import OnnxModel
from mindgap_indexer.encoding.onnx_session import each_on_a_thread, session
from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.encoding.word_pieces import Ids, Tokeniser, WordTable
from mindgap_indexer.types import Float32, Passage


class OnnxEncoder:
    """Encodes one text after the other on each thread.

    Without batches nothing is padded and a text's vector depends on nothing but the text; a core is as fast.
    """

    def __init__(
        self, model: OnnxModel, tokeniser: Tokeniser, words: WordTable, threads: int | None = None
    ) -> None:
        self._settings = model.settings
        self._fingerprint = model.fingerprint
        self._threads = threads
        self._session = session(model.graph)
        self._tokeniser, self._words = tokeniser, words

    @property
    def fingerprint(self) -> str:
        """Short hex name of graph, words, tokeniser, settings and recipe."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._settings.dimension

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        return self._encode([passage_text(passage) for passage in passages], self._settings.unit_tokens)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        return self._encode(texts, self._settings.query_tokens)

    def _encode(self, texts: Sequence[str], max_tokens: int) -> Float32:
        out = np.zeros((len(texts), self.dimension), np.float32)
        ids = self._tokeniser.ids(texts, max_tokens)
        for row, vector in zip(out, each_on_a_thread(self._run, ids, self._threads), strict=True):
            row[:] = vector
        return normalise(out)

    def _run(self, ids: Ids) -> Float32:
        vector: Float32 = self._session.run(None, {"words": self._words.vectors(ids)})[0]
        return vector
