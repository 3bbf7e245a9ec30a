"""Likeness of names, for queries that are one: misspelt, re-ordered, abbreviated, in another case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from mindgap_indexer.memory import forgets
from mindgap_indexer.ranking.query import trigrams
from mindgap_indexer.types import Float32
from mindgap_indexer.words import compact, words


@dataclass(frozen=True, slots=True)
class Spelling:
    """A query or the name of a unit."""

    letters: str
    pieces: frozenset[str]
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Spelling:
        """Read a query or a name."""
        letters = compact(text)
        return cls(letters, frozenset(trigrams(letters)), tuple(words(text)))


_of_name = lru_cache(maxsize=4_096)(Spelling.of)
"""While a name is typed, each query meets mostly the names that the one before has met."""
forgets(_of_name.cache_clear)


def likeness(query: str, names: Sequence[str]) -> Float32:
    """Of a query that is a name with the names of units, (n, 4): 0 to 1 each, all 1 only for the same name.

    - Pieces: Dice coefficient of three-letter pieces, blind to the order of words.
    - Letters: share of the letters that stand in the same order.
    - Words: how well each word finds one that is spelt like it, in any order, both ways.
    - Short: Dice coefficient of the words that shorten the name's own, in their order: `drvFrmJsn`.
    """
    wanted, found = Spelling.of(query), [_of_name(name) for name in names]
    letters = process.cdist([wanted.letters], [name.letters for name in found], scorer=fuzz.ratio)[0] / 100
    letters *= [bool(name.letters) for name in found]
    pieces = [_dice(wanted.pieces, name.pieces) for name in found]
    own = [name.words for name in found]
    measures = (pieces, letters, _met(wanted.words, own), _shortened(wanted.words, own))
    return np.stack([np.asarray(measure, np.float32) for measure in measures], axis=1)


def _dice(these: frozenset[str], those: frozenset[str]) -> float:
    return 2 * len(these & those) / max(len(these) + len(those), 1)


def _met(wanted: Sequence[str], names: Sequence[Sequence[str]]) -> Float32:
    """How well words are met by the best of the other side, longer ones counting more: mean of both ways.

    (n,) for the words of n names.
    """
    met = np.zeros(len(names), np.float32)
    counts = np.array([len(name) for name in names], np.int64)
    flat = list(chain.from_iterable(names))
    if not wanted or not flat:
        return met
    distinct = {word: place for place, word in enumerate(dict.fromkeys(flat))}
    alike = process.cdist(wanted, list(distinct), scorer=JaroWinkler.similarity)
    alike = alike[:, [distinct[word] for word in flat]]
    some = counts > 0
    starts = (np.cumsum(counts) - counts)[some]
    lengths, own = _lengths(wanted), _lengths(flat)
    of_query = lengths @ np.maximum.reduceat(alike, starts, axis=1) / lengths.sum()
    of_name = np.add.reduceat(own * alike.max(axis=0), starts) / np.add.reduceat(own, starts)
    met[some] = (of_query + of_name) / 2
    return met


def _lengths(names: Sequence[str]) -> Float32:
    return np.array([len(name) for name in names], np.float32)


def _shortened(wanted: Sequence[str], names: Sequence[Sequence[str]]) -> list[float]:
    """Dice coefficient of these words with those of each name that they shorten, in their order."""
    longer = {other for other in chain.from_iterable(names) if any(_shortens(word, other) for word in wanted)}
    return [
        0.0 if longer.isdisjoint(name) else 2 * _in_order(wanted, name) / (len(wanted) + len(name))
        for name in names
    ]


def _in_order(these: Sequence[str], those: Sequence[str]) -> int:
    """How many of these words shorten one of those each, in their order: longest common subsequence."""
    best = [0] * (len(those) + 1)
    for word in these:
        before, best = best, [0]
        for place, other in enumerate(those, 1):
            step = before[place - 1] + 1 if _shortens(word, other) else 0
            best.append(max(step, before[place], best[-1]))
    return best[-1]


@lru_cache(maxsize=16_384)
def _shortens(word: str, other: str) -> bool:
    """Whether the letters of a word stand in another in their order, the first one at its beginning."""
    if word[0] != other[0] or len(word) > len(other):
        return False
    rest = iter(other)
    return all(letter in rest for letter in word)


forgets(_shortens.cache_clear)
