"""A segment of the full-text index as a value: its columns and posting lists, building and merging."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from mindgap_indexer.fulltext import FullText
from mindgap_indexer.pacing import searches
from mindgap_indexer.types import Kind

MAX_SIZE = 65_536
"""Units of a segment: places are uint16."""
KINDS: tuple[Kind, ...] = tuple(Kind)

COLUMNS = np.dtype(
    [
        ("unit", "<i4"),
        ("content", "<i4"),
        ("file", "<i4"),
        ("length", "<u2"),  # terms of all fields
        ("kind", "u1"),  # index into KINDS
        ("name", "u1"),  # distinct three-letter pieces of the name
    ]
)
"""One row of a segment's columns."""

Columns = npt.NDArray[np.void]
"""Rows of dtype COLUMNS."""
Places = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
"""Of terms, one for each posting: a merge of a large segment holds some million of them."""
Live = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Posting:
    """Where a term occurs, and how often (weighted)."""

    places: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint8]

    @classmethod
    def unpack(cls, data: bytes) -> Posting:
        """Read what `pack` wrote."""
        size = len(data) // 3
        return cls(np.frombuffer(data, "<u2", size), np.frombuffer(data, np.uint8, size, 2 * size))


@dataclass(frozen=True, slots=True)
class Segment:
    """Columns and postings of some units."""

    columns: Columns
    postings: Mapping[str, bytes]


def build(columns: Columns, texts: Sequence[FullText]) -> Iterator[Segment]:
    """Segments of units, whose ids ascend, and of their texts file by file: as few as MAX_SIZE allows.

    What the texts tell of the columns is filled in.
    """
    terms: defaultdict[str, int] = defaultdict(count().__next__)
    found: list[Numbers] = []
    for text in texts:
        searches.give_way()
        found.append(_numbered(terms, text.terms)[text.numbers])
    columns["length"] = np.concatenate([text.lengths for text in texts])
    columns["name"] = np.concatenate([text.pieces for text in texts])
    numbers, counts = np.concatenate(found), np.concatenate([text.counts for text in texts])
    sizes = np.concatenate([text.sizes for text in texts])
    ends = np.cumsum(sizes)
    for start in range(0, len(columns), MAX_SIZE):
        units = slice(start, start + MAX_SIZE)
        own_sizes = sizes[units]
        postings = slice(int(ends[start] - sizes[start]), int(ends[units][-1]))
        places = np.repeat(np.arange(len(own_sizes), dtype=np.uint16), own_sizes)
        packed = _pack(numbers[postings], places, counts[postings], len(terms))
        yield Segment(columns[units], dict(_of_some(terms, packed)))


def merge(parts: Sequence[tuple[Live, Sequence[tuple[str, bytes]]]]) -> Iterator[tuple[str, bytes]]:
    """Terms with the posting lists of the live units of several segments, the units numbered through.

    Each part is which units of a segment are live, in the order of the segments, and its posting lists, of
    all terms or of some.
    """
    terms: defaultdict[str, int] = defaultdict(count().__next__)
    numbers: list[Numbers] = []
    places: list[npt.NDArray[np.uint16]] = []
    counts: list[npt.NDArray[np.uint8]] = []
    start = 0
    for live, postings in parts:
        searches.give_way()
        moved = (np.cumsum(live) - 1 + start).astype(np.uint16)
        start += int(live.sum())
        old, own_counts, sizes = _unpacked([data for _, data in postings])
        keep = live[old]
        numbers.append(np.repeat(_numbered(terms, [term for term, _ in postings]), sizes)[keep])
        places.append(moved[old[keep]])
        counts.append(own_counts[keep])
    packed = _pack(np.concatenate(numbers), np.concatenate(places), np.concatenate(counts), len(terms))
    return _of_some(terms, packed)


def _numbered(numbers: defaultdict[str, int], terms: Sequence[str]) -> Numbers:
    """The numbers of some terms, new ones in the order in which they are met."""
    return np.fromiter(map(numbers.__getitem__, terms), np.int32, len(terms))


def _unpacked(
    postings: Sequence[bytes],
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8], Places]:
    """Places and counts of several terms, one behind the other, and how many each of them has."""
    sizes = np.fromiter(map(len, postings), np.int64, len(postings)) // 3
    data = np.frombuffer(b"".join(postings), np.uint8)
    are_places = np.tile([True, False], len(postings))
    is_place = np.repeat(are_places, np.stack([2 * sizes, sizes], axis=1).ravel())
    return data[is_place].view("<u2"), data[~is_place], sizes


def _of_some(terms: Iterable[str], packed: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Without the terms of no unit."""
    return ((term, data) for term, data in zip(terms, packed, strict=True) if data)


def _pack(
    numbers: Numbers, places: npt.NDArray[np.uint16], counts: npt.NDArray[np.uint8], terms: int
) -> Iterator[bytes]:
    """For each term 0 … terms - 1 its places in ascending order and its counts."""
    order = _order(numbers, terms)
    place_data, count_data = places[order].astype("<u2").tobytes(), counts[order].tobytes()
    ends = np.cumsum(np.bincount(numbers, minlength=terms)).tolist()
    start = 0
    for end in ends:
        yield place_data[2 * start : 2 * end] + count_data[start:end]
        start = end


def _order(numbers: Numbers, limit: int) -> Places:
    """The stable order of numbers below a limit.

    By 16 bits at a time, which numpy sorts by counting: several times as fast.
    """
    order: Places = np.argsort(numbers.astype(np.uint16), kind="stable")
    if limit > 1 << 16:
        order = order[np.argsort((numbers[order] >> 16).astype(np.uint16), kind="stable")]
    return order
