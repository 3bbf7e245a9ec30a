"""The few lines of a unit that are worth showing for a query, and which of them say what was asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mindgap_indexer.terms import STOPWORDS, stem, terms
from mindgap_indexer.words import words


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive lines out of a sequence of lines."""

    start: int
    """Index of the first."""
    count: int
    matched: tuple[int, ...]
    """Indexes of those that say most of what was asked."""


def query_terms(text: str) -> frozenset[str]:
    """The telling terms of a query."""
    return frozenset(stem(word) for word in words(text) if word not in STOPWORDS)


def excerpt(lines: Sequence[str], wanted: Collection[str], count: int, *, from_start: bool) -> Excerpt:
    """At most `count` lines: the first ones, or those around what matches best (the earliest of equals)."""
    asked = set(wanted)
    shares = [len(asked.intersection(terms(line))) for line in lines]
    count = min(count, len(lines))
    start = 0 if from_start else _best_start(shares, count)
    enough = max(1, (max(shares, default=0) + 1) // 2)
    matched = tuple(i for i in range(start, start + count) if shares[i] >= enough)
    return Excerpt(start, count, matched)


def _best_start(shares: Sequence[int], count: int) -> int:
    """Squares, because one line that says three things tells more than three that say one."""
    sums = [
        sum(share * share for share in shares[start : start + count])
        for start in range(len(shares) - count + 1)
    ]
    return sums.index(max(sums)) if sums else 0
