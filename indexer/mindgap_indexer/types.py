"""The values that travel between the parts of the indexer; imports no sibling."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
"""A float32 array; docstrings give its shape."""
Int8 = npt.NDArray[np.int8]
"""An int8 array; docstrings give its shape."""


class Kind(StrEnum):
    """What a unit is. CLASS_LIKE below lists the kinds whose functions are methods."""

    FUNCTION = "function"
    METHOD = "method"
    CONSTRUCTOR = "constructor"
    CLASS = "class"
    STRUCT = "struct"
    INTERFACE = "interface"
    TRAIT = "trait"
    ENUM = "enum"
    TYPE = "type"
    MACRO = "macro"
    MODULE = "module"
    """A named module, or code of a file that stands in no function and no class."""
    BLOCK = "block"
    """A window of lines of a file whose language has no grammar here."""


CALLABLE = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.CONSTRUCTOR, Kind.MACRO})
CLASS_LIKE = frozenset({Kind.CLASS, Kind.STRUCT, Kind.INTERFACE, Kind.TRAIT, Kind.ENUM})


class Mode(StrEnum):
    """How a query is read."""

    AUTO = "auto"
    NATURAL_LANGUAGE = "nl"
    PSEUDOCODE = "pseudocode"
    SYMBOL = "symbol"
    CODE = "code"


class Tier(StrEnum):
    """Which vectors answer: the instant ones, the deep ones, or deep where they are there already."""

    INSTANT = "instant"
    DEEP = "deep"
    AUTO = "auto"

    @classmethod
    def stored(cls) -> tuple[Tier, Tier]:
        """Those that have vectors of their own."""
        return cls.INSTANT, cls.DEEP


class Confidence(StrEnum):
    """How sure a hit is, in words."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Unit(NamedTuple):
    """A function, method, class … or a run of module-level code: what a search lands on.

    Bytes are offsets into the file as it is on disk (a byte order mark included); lines are 1-based
    and inclusive. The range covers decorators and attributes but not a comment above the definition.

    A tuple, because a workspace has them by the hundred thousand, and a frozen dataclass takes several times
    as long to make and to send to another process.
    """

    kind: Kind
    name: str
    """The last component of the name, as it is written."""
    qualname: str
    """Dotted path of enclosing scopes and name, whatever the language writes between them."""
    language: str
    signature: str
    """The head of the definition on one line, without the body."""
    doc: str
    """Doc comment or docstring as prose: comment marks and common indentation removed."""
    body: str
    """Source text of the body (for class-like kinds: the heads of its members), doc comment removed."""
    start_byte: int
    end_byte: int
    name_start_byte: int
    name_end_byte: int
    start_line: int
    end_line: int
    name_line: int
    doc_start_line: int
    """First line of the comment above the definition that belongs to it; else start_line."""

    @property
    def content_hash(self) -> bytes:
        """16 bytes that name what encoders and full-text index see: equal content, equal vectors.

        Deliberately without path and position, so that a moved or renamed file costs no encoding.
        """
        parts: list[bytes] = []
        for part in (self.language, self.kind, self.qualname, self.signature, self.doc, self.body):
            data = part.encode("utf-8", "surrogatepass")
            parts += (len(data).to_bytes(4, "little"), data)
        return hashlib.blake2b(b"".join(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The units of one file, ordered by position."""

    language: str
    units: tuple[Unit, ...]
    has_errors: bool = False
    """The grammar met something that it could not read; the units around it are there all the same."""
    hangs: bool = False
    """Parsing did not come to an end, and was ended."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What an encoder sees of a unit. A long unit gives several: same head, overlapping bodies."""

    name: str
    qualname: str
    signature: str
    doc: str
    body: str
    language: str = ""


class SkipReason(StrEnum):
    """Why a file is not in the index."""

    IGNORED = "ignored"
    """A .gitignore, .git/info/exclude or .mindgapignore says so. Ignored folders count once."""
    BUILTIN = "builtin"
    """A folder or file that Mindgap leaves out by default (vendored, built, cached, lock files …)."""
    LANGUAGE = "language"
    """Not source code in a language that Mindgap knows."""
    TOO_LARGE = "too-large"
    BINARY = "binary"
    MINIFIED = "minified"
    GENERATED = "generated"
    EMPTY = "empty"
    SYMLINK = "symlink"
    """A link; the file it points to is indexed where it really stands, if that is in the workspace."""
    NESTED = "nested"
    """Another work tree of a repository that is already indexed."""
    SECRET = "secret"
    HANGS = "hangs"
    """Its grammar does not come to an end with it; not tried again until the file changes."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the workspace rules let in, as the scanner saw it."""

    path: str
    """Relative to the root, forward slashes."""
    size: int
    mtime_ns: int
    language: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which units may answer; empty means all."""

    languages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Globs over the path relative to the root: `src/**/*.py`, `*.go`, `tests/`."""
    kinds: tuple[Kind, ...] = ()
    within: tuple[str, ...] | None = None
    """Only these files, and what is below these folders; None: all."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What the index leaves out for one reason."""

    reason: SkipReason
    count: int
    """Files and folders; a folder counts once, whatever is in it."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: a unit in a file, and why."""

    rank: int
    path: str
    start_line: int
    end_line: int
    name_line: int
    start_byte: int
    end_byte: int
    name_start_byte: int
    name_end_byte: int
    name: str
    qualname: str
    kind: Kind
    language: str
    signature: str
    score: float
    confidence: Confidence
    features: Mapping[str, float] = field(default_factory=dict[str, float])
    """What each ranking feature added to the score."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a query."""

    query: str
    mode: Mode
    """How the query was read; never AUTO."""
    abstained: bool
    """Nothing fits well: the hits are near misses."""
    hits: tuple[Hit, ...]
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of an indexing run."""

    stage: str
    """`scan`, `index` or `deep`."""
    done: int
    total: int
    """0 while unknown."""
    units: int = 0


ProgressCallback = Callable[[Progress], None]
CancelCheck = Callable[[], bool]
"""Answers True when the caller no longer wants the result."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update of some files did; how much the index holds takes a look at all of it to say."""

    files_changed: int
    files_removed: int
    units_encoded: int


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What an indexing run found and did."""

    files: int
    units: int
    languages: Mapping[str, int]
    """Units per language."""
    skipped: Mapping[str, int]
    """Files per SkipReason."""
    files_changed: int
    files_removed: int
    units_encoded: int
    seconds: float
    units_per_second: float
    index_bytes: int
    peak_rss_mb: float

    @property
    def changes(self) -> Changes:
        """The part that does not say how much there is."""
        return Changes(self.files_changed, self.files_removed, self.units_encoded)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of a workspace's index."""

    root: str
    index_path: str
    exists: bool
    files: int
    units: int
    languages: Mapping[str, int]
    encoder: str
    deep_encoder: str | None
    deep_coverage: float
    """Share of the units that have a deep vector."""
    index_bytes: int
    indexed_at: float | None
    """Seconds since the epoch of the last completed update."""
