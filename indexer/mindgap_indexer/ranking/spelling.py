"""Likeness of names, for queries that are one: misspelt, re-ordered, abbreviated, in another case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from mindgap_indexer.ranking.query import trigrams
from mindgap_indexer.words import compact, words


@dataclass(frozen=True, slots=True)
class Spelling:
    """A query as a name."""

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


class Likeness(NamedTuple):
    """How alike two spellings are, 0 to 1 each; 1 in all of them only for the same name.

    A tuple, because a query that is a name makes hundreds.
    """

    pieces: float = 0.0
    """Dice coefficient of three-letter pieces: blind to the order of words."""
    letters: float = 0.0
    """Share of the letters that stand in the same order."""
    words: float = 0.0
    """How well each word finds one that is spelt like it, in any order, both ways."""
    short: float = 0.0
    """Dice coefficient of the words that shorten the name's own, in their order: `drvFrmJsn`."""


def likeness(wanted: Spelling, qualname: str, name: str) -> Likeness:
    """Of a query with a unit's name, or with its qualified name where that is more alike."""
    own = _compare(wanted, _of_name(name))
    if qualname == name:
        return own
    return Likeness._make(map(max, own, _compare(wanted, _of_name(qualname))))


def _compare(wanted: Spelling, found: Spelling) -> Likeness:
    if not found.letters:
        return Likeness()
    shared = 2 * len(wanted.pieces & found.pieces)
    return Likeness(
        pieces=shared / max(len(wanted.pieces) + len(found.pieces), 1),
        letters=fuzz.ratio(wanted.letters, found.letters) / 100,
        words=_met(wanted.words, found.words),
        short=2 * _in_order(wanted.words, found.words) / max(len(wanted.words) + len(found.words), 1),
    )


def _met(these: Sequence[str], those: Sequence[str]) -> float:
    """How well words are met by the best of the other side, longer ones counting more: mean of both ways."""
    if not these or not those:
        return 0.0
    alike = [[_alike(a, b) for b in those] for a in these]
    return (_share(these, map(max, alike)) + _share(those, map(max, zip(*alike, strict=True)))) / 2


def _share(names: Sequence[str], met: Iterable[float]) -> float:
    lengths = [len(name) for name in names]
    return sum([length * best for length, best in zip(lengths, met, strict=True)]) / sum(lengths)


@lru_cache(maxsize=16_384)
def _alike(a: str, b: str) -> float:
    """Names of one code base share most of their words."""
    return JaroWinkler.similarity(a, b)


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
