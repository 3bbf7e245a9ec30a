"""From text to a bag of weighted sub-words: what a static encoder sums up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mindgap_indexer.types import Float32
from mindgap_indexer.words import MAX_WORD, PerText, count_runs, runs, split_identifier

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Caching sub-words per run instead of per word makes encoding twice as fast.
MAX_CACHED_RUNS = 200_000
"""The cache starts anew beyond this: about 40 MB."""

UNKNOWN = 0
"""Id of the sub-word that stands for what the tokeniser does not know; never in a bag."""

Ids = npt.NDArray[np.int64]


class BagMaker:
    """Splits text into sub-words and counts them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._cache: dict[str, tuple[int, ...]] = {}
        self._counts = PerText(self._count)

    def ids(self, text: str) -> list[int]:
        """Sub-words of a text in order."""
        cache, found = self._cache, list[int]()
        for run in runs(text):
            ids = cache.get(run)
            found += self._split(run) if ids is None else ids
        return found

    def counts(self, text: str) -> Mapping[int, int]:
        """How often each sub-word of a text occurs."""
        return self._counts(text)

    def _count(self, text: str) -> Mapping[int, int]:
        cache, found = self._cache, dict[int, int]()
        for run, count in count_runs(text).items():
            ids = cache.get(run)
            for i in self._split(run) if ids is None else ids:
                found[i] = found.get(i, 0) + count
        return found

    def bag(self, fields: Iterable[tuple[str, float]]) -> tuple[Ids, Float32]:
        """Distinct sub-words of weighted fields, and the square root of each one's weighted count.

        Fields are added up before the root is taken, as in BM25F: what stands in the name and ten times
        in the body is not eleven times as important.
        """
        counts: dict[int, float] = {}
        for text, weight in fields:
            for i, count in self.counts(text).items():
                counts[i] = counts.get(i, 0.0) + count * weight
        size = len(counts)
        return (
            np.fromiter(counts.keys(), np.int64, size),
            np.sqrt(np.fromiter(counts.values(), np.float32, size)),
        )

    def _split(self, run: str) -> tuple[int, ...]:
        if len(run) > MAX_WORD:
            return ()
        ids = tuple(
            i
            for word in split_identifier(run)
            for i in self._tokenizer.encode(word, add_special_tokens=False).ids
            if i != UNKNOWN
        )
        if len(self._cache) >= MAX_CACHED_RUNS:
            self._cache.clear()
        self._cache[run] = ids
        return ids
