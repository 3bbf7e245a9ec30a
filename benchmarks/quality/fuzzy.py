"""Names by fuzzy subsequence, as editors find symbols: the rival of symbol queries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.quality.sources import Placed, as_hit
from benchmarks.quality.types import Answered

_LETTER = 1.0
_NEXT = 4.0
"""For a letter right after the letter before it."""
_WORD_START = 3.0
_SAME_CASE = 0.5
_SEPARATORS = re.compile(r"[\s_.:#-]+")
SHOWN = 10


class FuzzyNames:
    """Ranks names whose letters hold those of a query in their order; others are not found at all."""

    def __init__(self, units: Sequence[Placed]) -> None:
        self._units = units
        self._names = [(placed.unit.name, placed.unit.name.lower()) for placed in units]

    def answer(self, query: str) -> Answered:
        """The best names; of equal ones the shorter, then the first in path order."""
        wanted = _SEPARATORS.sub("", query)
        lowered = wanted.lower()
        scored = [
            (score_of(wanted, name), -len(name), -number)
            for number, (name, lower) in enumerate(self._names)
            if _is_subsequence(lowered, lower)
        ]
        best = sorted(scored, reverse=True)[:SHOWN]
        hits = [
            as_hit(self._units[-place].unit, self._units[-place].path, rank, score)
            for rank, (score, _, place) in enumerate(best, 1)
        ]
        return Answered(hits, abstained=not hits)


def score_of(query: str, name: str) -> float:
    """The best way to find the query's letters in the name: runs and starts of words count more."""
    below = float("-inf")
    starts = [i == 0 or _starts_word(name, i) for i in range(len(name))]
    # Of the letters so far: the best score that ends exactly at each place, and before or at it.
    ending = [below] * len(name)
    upto = [0.0] * (len(name) + 1)
    for number, letter in enumerate(query):
        new = [below] * len(name)
        for i, other in enumerate(name):
            if letter.lower() == other.lower():
                after_run = ending[i - 1] + _NEXT if number and i else below
                gain = _LETTER + _WORD_START * starts[i] + _SAME_CASE * (letter == other)
                new[i] = max(upto[i], after_run) + gain
        ending = new
        upto = [below]
        for value in ending:
            upto.append(max(upto[-1], value))
    return max(upto)


def _starts_word(name: str, i: int) -> bool:
    before, here = name[i - 1], name[i]
    return (
        not before.isalnum()
        or (here.isupper() and not before.isupper())
        or here.isdigit() != before.isdigit()
    )


def _is_subsequence(letters: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
