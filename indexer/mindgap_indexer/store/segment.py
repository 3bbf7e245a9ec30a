"""A segment of the full-text index as a value: its columns and posting lists, building and merging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mindgap_indexer.pacing import searches
from mindgap_indexer.types import Kind

MAX_SIZE = 65_536
"""Units of a segment: places are uint16."""
MAX_COUNT = 255
COURTESY = 64
"""Documents, a few milliseconds of work, after which a search may go first."""
NAME_MARK = "="

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
class Document:
    """What a segment keeps of one unit."""

    unit: int
    content: int
    file: int
    kind: Kind
    counts: Mapping[str, int]
    """Weighted count by term."""
    length: int
    pieces: Sequence[str]
    """Three-letter pieces of the name."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Columns and postings of some units."""

    columns: Columns
    postings: Mapping[str, bytes]


def build(documents: Sequence[Document]) -> Segment:
    """A segment of at most MAX_SIZE documents, whose ids ascend."""
    columns = np.zeros(len(documents), COLUMNS)
    terms: dict[str, int] = {}
    numbers: list[int] = []
    counts: list[int] = []
    sizes: list[int] = []
    for document in documents:
        if len(sizes) % COURTESY == 0:
            searches.give_way()
        before = len(numbers)
        for term, count in document.counts.items():
            numbers.append(terms.setdefault(term, len(terms)))
            counts.append(count if count < MAX_COUNT else MAX_COUNT)
        for piece in document.pieces:
            numbers.append(terms.setdefault(NAME_MARK + piece, len(terms)))
            counts.append(1)
        sizes.append(len(numbers) - before)
    columns["unit"] = [document.unit for document in documents]
    columns["content"] = [document.content for document in documents]
    columns["file"] = [document.file for document in documents]
    columns["length"] = [min(document.length, 65_535) for document in documents]
    columns["kind"] = [KINDS.index(document.kind) for document in documents]
    columns["name"] = [min(len(document.pieces), 255) for document in documents]
    places = np.repeat(np.arange(len(documents), dtype=np.uint16), sizes)
    packed = _pack(np.array(numbers, np.int64), places, np.array(counts, np.uint8), len(terms))
    return Segment(columns, dict(zip(terms, packed, strict=True)))


def merge(parts: Sequence[tuple[Columns, Live, Sequence[tuple[str, bytes]]]]) -> Segment:
    """One segment of the live documents of several, given in ascending order of their ids."""
    columns = np.concatenate([part[live] for part, live, _ in parts])
    terms: dict[str, int] = {}
    numbers: list[Places] = []
    places: list[npt.NDArray[np.uint16]] = []
    counts: list[npt.NDArray[np.uint8]] = []
    start = 0
    for _, live, postings in parts:
        searches.give_way()
        moved = np.cumsum(live) - 1 + start
        start += int(live.sum())
        unpacked = [Posting.unpack(data) for _, data in postings]
        own = np.array([terms.setdefault(term, len(terms)) for term, _ in postings], np.int64)
        if not unpacked:
            continue
        old = np.concatenate([posting.places for posting in unpacked])
        keep = live[old]
        numbers.append(np.repeat(own, [len(posting.places) for posting in unpacked])[keep])
        places.append(moved[old[keep]].astype(np.uint16))
        counts.append(np.concatenate([posting.counts for posting in unpacked])[keep])
    if not numbers:
        return Segment(columns, {})
    packed = _pack(np.concatenate(numbers), np.concatenate(places), np.concatenate(counts), len(terms))
    return Segment(columns, {term: data for term, data in zip(terms, packed, strict=True) if data})


def _pack(
    numbers: Places, places: npt.NDArray[np.uint16], counts: npt.NDArray[np.uint8], terms: int
) -> Iterator[bytes]:
    """For each term 0 … terms - 1 its places in ascending order and its counts."""
    order = np.argsort(numbers, kind="stable")
    place_data, count_data = places[order].astype("<u2").tobytes(), counts[order].tobytes()
    ends = np.cumsum(np.bincount(numbers, minlength=terms)).tolist()
    start = 0
    for end in ends:
        yield place_data[2 * start : 2 * end] + count_data[start:end]
        start = end
