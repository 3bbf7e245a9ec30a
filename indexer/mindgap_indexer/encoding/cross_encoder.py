"""The cross-encoder: reads a question and a unit together, where an encoder reads each without the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mindgap_indexer.encoding.onnx_model import CrossModel
from mindgap_indexer.encoding.onnx_session import each_on_a_thread, session
from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.encoding.word_pieces import Ids, Tokeniser, WordTable
from mindgap_indexer.types import Float32, Passage

_Stored = np.dtype("<u2")
"""Of a word piece; vocabularies of such models are far smaller than 65,536."""


class CrossEncoder:
    """Says of pairs how likely the unit answers the question; safe to use from several threads.

    It is much slower per unit than comparing vectors and tells more: for the few best candidates.
    """

    def __init__(
        self, model: CrossModel, tokeniser: Tokeniser, words: WordTable, threads: int | None = None
    ) -> None:
        self.fingerprint = short_hash([model.graph, repr(model.settings)])
        """Short hex name of everything that logits depend on beside word pieces."""
        self._settings = model.settings
        self._session = session(model.graph)
        self._tokeniser, self._words, self._threads = tokeniser, words, threads

    def readings(self, passages: Sequence[Passage]) -> list[bytes]:
        """What it reads of units, to be kept: their first word pieces, two bytes each."""
        ids = self._tokeniser.ids([passage_text(passage) for passage in passages], self._settings.unit_tokens)
        return [row.astype(_Stored).tobytes() for row in ids]

    def logits(self, question: str, readings: Sequence[bytes]) -> Float32:
        """How likely each unit answers, (n,); above 0 more likely than not."""
        (asked,) = self._tokeniser.ids([question], self._settings.question_tokens)

        def run(reading: bytes) -> float:
            # The unit's own start mark is left out: the question's end mark stands there.
            unit: Ids = np.frombuffer(reading, _Stored)[1:].astype(np.int64)
            words = self._words.vectors(np.concatenate([asked, unit]))
            count = np.array(len(asked), np.int64)
            return float(self._session.run(None, {"words": words, "question": count})[0])

        return np.array(list(each_on_a_thread(run, readings, self._threads)), np.float32)
