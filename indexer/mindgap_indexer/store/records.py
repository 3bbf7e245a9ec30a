"""Rows of the store as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mindgap_indexer.fulltext import NO_TEXT, FullText
from mindgap_indexer.types import Kind, Passage, SkipReason, Unit


class PreparedUnit(NamedTuple):
    """A unit with everything that is computed before the writer needs it; a tuple as Unit is."""

    unit: Unit
    content_hash: bytes
    passages: tuple[Passage, ...]
    sketch: bytes = b""
    """What the ranking compares of it, see sketch.py."""


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that was read: its units, or why it has none."""

    path: str
    language: str
    size: int
    mtime_ns: int
    digest: bytes
    skip: SkipReason | None = None
    units: tuple[PreparedUnit, ...] = ()
    text: FullText = NO_TEXT
    """Of the units, in their order."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the store knows it."""

    id: int
    path: str
    language: str
    size: int
    mtime_ns: int
    digest: bytes
    skip: SkipReason | None


class StoredUnit(NamedTuple):
    """A unit as the store knows it: its place and its names, not its text.

    A tuple, because a query makes hundreds, and a frozen dataclass takes several times as long to make.
    """

    id: int
    content_id: int
    path: str
    language: str
    kind: Kind
    name: str
    qualname: str
    signature: str
    start_byte: int
    end_byte: int
    name_start_byte: int
    name_end_byte: int
    start_line: int
    end_line: int
    name_line: int
