"""The words of a file's units as the full-text index keeps them: posting by posting, in columns.

Made where a file is parsed, all units of it at once, and written as they are: a dictionary for each unit
would be most of what passes between processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
import numpy.typing as npt

from mindgap_indexer.bm25 import FIELD_WEIGHTS
from mindgap_indexer.terms import field
from mindgap_indexer.words import compact, trigrams

MAX_COUNT = 255
"""A term that weighs more counts as this."""
MAX_LENGTH = 65_535
MAX_PIECES = 255
NAME_MARK = "="
"""Stands before the three-letter pieces of names, which are kept as terms."""

_WEIGHTS = np.array([*FIELD_WEIGHTS, 1], np.int64)
"""Of the fields and the pieces of the name."""

Fields = Sequence[str]
"""The texts of one unit, as FIELD_WEIGHTS has them."""


@dataclass(frozen=True, slots=True)
class FullText:
    """The postings of n units, those of one unit behind each other."""

    terms: tuple[str, ...]
    """Distinct terms of all units, and the pieces of their names."""
    numbers: npt.NDArray[np.int32]
    """(p,): index into `terms`."""
    counts: npt.NDArray[np.uint8]
    """(p,): how often the term occurs in the unit, weighted by field."""
    sizes: npt.NDArray[np.int32]
    """(n,): postings of each unit."""
    lengths: npt.NDArray[np.uint16]
    """(n,): how many terms each unit has, repeated ones included."""
    pieces: npt.NDArray[np.uint8]
    """(n,): distinct pieces of each unit's name."""

    def counts_of(self, unit: int) -> Mapping[str, int]:
        """Weighted count by term of one unit, by its place in the file."""
        start = int(self.sizes[:unit].sum())
        own = slice(start, start + int(self.sizes[unit]))
        numbers: list[int] = self.numbers[own].tolist()
        counts: list[int] = self.counts[own].tolist()
        return {self.terms[number]: count for number, count in zip(numbers, counts, strict=True)}


def full_text(units: Sequence[Fields], names: Sequence[str]) -> FullText:
    """The postings of units, each given by the texts of its fields and by its name."""
    # The path and most scopes are those of several units.
    words = {text: field(text) for text in set(chain.from_iterable(units))}
    parts: list[list[str]] = []
    for fields, name in zip(units, names, strict=True):
        parts += (words[text] for text in fields)
        parts.append([NAME_MARK + piece for piece in trigrams(compact(name))])
    lengths = np.fromiter(map(len, parts), np.int64, len(parts)).reshape(len(units), len(_WEIGHTS))
    # Terms are numbered in the order in which they are met.
    known: defaultdict[str, int] = defaultdict(count().__next__)
    numbers = np.fromiter(map(known.__getitem__, chain.from_iterable(parts)), np.int64, int(lengths.sum()))
    weights = np.repeat(np.tile(_WEIGHTS, len(units)), lengths.ravel())
    owners = np.repeat(np.arange(len(units)), lengths.sum(axis=1))
    keys = owners * len(known) + numbers
    order = np.argsort(keys, kind="stable")  # units are in order: this one sees it
    keys = keys[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.add.reduceat(weights[order], firsts) if len(firsts) else weights
    distinct = keys[firsts]
    return FullText(
        terms=tuple(known),
        numbers=(distinct % max(len(known), 1)).astype(np.int32),
        counts=np.minimum(counts, MAX_COUNT).astype(np.uint8),
        sizes=np.bincount(distinct // max(len(known), 1), minlength=len(units)).astype(np.int32),
        lengths=np.minimum(lengths[:, :-1].sum(axis=1), MAX_LENGTH).astype(np.uint16),
        pieces=np.minimum(lengths[:, -1], MAX_PIECES).astype(np.uint8),
    )


NO_TEXT = full_text((), ())
