"""From text to a bag of weighted sub-words: what a static encoder sums up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
import numpy.typing as npt

from mindgap_indexer.memory import forgets
from mindgap_indexer.types import Float32
from mindgap_indexer.words import MAX_WORD, PerText, runs_of, split_identifier

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Caching sub-words per run instead of per word makes encoding twice as fast.
MAX_CACHED_RUNS = 50_000
"""The cache starts anew beyond this: about 10 MB. With four times as many, indexing took longer."""

REMEMBERED_CHARS = 8_000_000
"""Of texts whose sub-words are remembered: those of a batch of files, or some 20 MB."""

UNKNOWN = 0
"""Id of the sub-word that stands for what the tokeniser does not know; never in a bag."""

Ids = npt.NDArray[np.int64]
SubWords = npt.NDArray[np.int32]
"""Ids of a text's sub-words in order, each as often as it occurs."""
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """What was added up by sub-word, of several texts one behind the other."""

    ids: Ids
    """(n,)"""
    values: Float32 | Float64
    """(n,)"""
    starts: Ids
    """(texts + 1,): where each text's sub-words begin."""
    order: Ids
    """Places of the summands, those of one sub-word of one text together, …"""
    firsts: Ids
    """… and where in them each of the n begins: for what else is to be brought together."""

    def __iter__(self) -> Iterator[tuple[Ids, Float32 | Float64]]:
        """Each text's sub-words and sums."""
        bounds = self.starts.tolist()
        for start, end in pairwise(bounds):
            yield self.ids[start:end], self.values[start:end]


def add_up(
    rows: Sequence[int], ids: Sequence[SubWords], weights: Sequence[float] | Float64, size: int
) -> Sums:
    """Add up the weights of equal sub-words of equal texts.

    Part i is of text `rows[i]`, of which there are `size`; each of its sub-words, as often as it occurs,
    weighs `weights[i]`. A text's sums do not depend on its neighbours.
    """
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    keys = np.repeat(np.asarray(rows, np.int64), lengths) * ROW + np.concatenate([_NONE, *ids])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    values = np.repeat(np.asarray(weights, np.float64), lengths)[order]
    sums = np.add.reduceat(values, firsts) if len(firsts) else values
    distinct = keys[firsts]
    starts = np.searchsorted(distinct, np.arange(size + 1) * ROW)
    return Sums(distinct % ROW, sums, starts, order, firsts)


ROW = 1 << 32
"""More than there are sub-words."""
_NONE: Ids = np.zeros(0, np.int64)


class BagMaker:
    """Splits text into sub-words and counts them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._cache = _Cache(self._split)
        cache = ref(self._cache)

        def forget() -> None:
            if (known := cache()) is not None:
                known.clear()

        forgets(forget)
        self.ids: Mapping[str, SubWords] = PerText(self._look_up, REMEMBERED_CHARS)
        """The sub-words of any text in order."""

    def _look_up(self, text: str) -> SubWords:
        return np.fromiter(chain.from_iterable(map(self._cache.__getitem__, runs_of[text])), np.int32)

    def bags(self, texts: Sequence[Sequence[tuple[str, float]]]) -> Sums:
        """Of each text in weighted fields the distinct sub-words, and the square root of their counts.

        Fields are added up before the root is taken, as in BM25F: what stands in the name and ten times
        in the body is not eleven times as important.
        """
        parts = [(row, self.ids[text], weight) for row, fields in enumerate(texts) for text, weight in fields]
        rows, ids, weights = zip(*parts, strict=True) if parts else ((), (), ())
        sums = add_up(rows, ids, weights, len(texts))
        return replace(sums, values=np.sqrt(sums.values.astype(np.float32)))

    def _split(self, run: str) -> tuple[int, ...]:
        if len(run) > MAX_WORD:
            return ()
        return tuple(
            i
            for word in split_identifier(run)
            for i in self._tokenizer.encode(word, add_special_tokens=False).ids
            if i != UNKNOWN
        )


class _Cache(dict[str, tuple[int, ...]]):
    """The sub-words of runs, split when they are first asked for."""

    def __init__(self, split: Callable[[str], tuple[int, ...]]) -> None:
        super().__init__()
        self._split = split

    def __missing__(self, run: str) -> tuple[int, ...]:
        if len(self) >= MAX_CACHED_RUNS:
            self.clear()
        ids = self[run] = self._split(run)
        return ids
