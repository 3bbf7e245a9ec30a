"""Mindgap's own requests, declared once: method names, parameters, results.

Names are camelCase on the wire (`wire.py`), optional fields without a value are left out, positions are
in the negotiated position encoding. Every request but `mindgap/search` is cheap at any time; a request
that cannot be answered gets the error RequestFailed with a message for the person.

The values of enumerations are spelt out here, so that the contract can be read, and the server can answer
`initialize`, without the indexer; a test keeps both equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lsprotocol.types import Range


@dataclass(frozen=True, slots=True)
class Request:
    """One of Mindgap's requests, and the command with the same effect.

    The command is for clients that can only send `workspace/executeCommand`. Its one argument is the
    params object, or a bare text that stands for one of its fields.
    """

    method: str
    """Name of the request."""
    command: str
    """Name of the command."""
    bare: str
    """The field that a bare text stands for."""


SEARCH = Request("mindgap/search", "mindgap.search", "query")
"""SearchParams -> SearchResponse."""
STATUS = Request("mindgap/status", "mindgap.status", "rootUri")
"""StatusParams -> StatusResponse."""
REINDEX = Request("mindgap/reindex", "mindgap.reindex", "rootUri")
"""ReindexParams -> StatusResponse."""

MAX_LIMIT = 200

ModeName = Literal["auto", "nl", "pseudocode", "symbol", "code"]
TierName = Literal["instant", "deep", "auto"]
ConfidenceName = Literal["high", "medium", "low"]
KindName = Literal[
    "function",
    "method",
    "constructor",
    "class",
    "struct",
    "interface",
    "trait",
    "enum",
    "type",
    "macro",
    "module",
    "block",
]
StateName = Literal["opening", "indexing", "ready", "paused", "error"]


@dataclass(frozen=True, slots=True)
class SearchParams:
    """A question to the code."""

    query: str
    """Plain words, pseudocode, a name or a piece of code."""
    limit: int | None = field(default=None, metadata={"minimum": 1, "maximum": MAX_LIMIT})
    """Most hits to answer; absent: the option `search.limit`."""
    mode: ModeName = "auto"
    """How to read the query."""
    tier: TierName = "auto"
    """Which vectors to use; `auto`: the deep ones where they are there already."""
    languages: tuple[str, ...] = ()
    """Only units in these languages; empty: all."""
    paths: tuple[str, ...] = ()
    """Only files that match one of these globs, relative to their folder; empty: all."""
    kinds: tuple[KindName, ...] = ()
    """Only units of these kinds; empty: all."""
    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""
    snippet_lines: int = field(default=0, metadata={"minimum": 0, "maximum": 100})
    """Lines of source text that come with each hit."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A unit of code that answers the query, where it stands in the live text."""

    rank: int
    """1 is the best."""
    uri: str
    """The file; for an open document the URI that the client gave it."""
    root_uri: str
    """The workspace folder that it was found in."""
    path: str
    """Relative to that folder, forward slashes."""
    range: Range
    """The whole unit, without the comment above it."""
    selection_range: Range
    """Its name."""
    name: str
    """The last component of the qualified name."""
    qualname: str
    """Dotted path of the enclosing scopes and the name."""
    kind: KindName
    """What it is."""
    language: str
    """What it is written in."""
    signature: str
    """The head of the definition on one line."""
    score: float
    """Comparable within one answer only."""
    confidence: ConfidenceName
    """How sure the hit is, in words."""
    features: Mapping[str, float]
    """What each ranking feature added to the score."""
    snippet: str | None = None
    """The first lines of the unit, when `snippetLines` asked for them."""


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """The answer to SearchParams."""

    query: str
    """As it was asked."""
    mode: ModeName
    """How the query was read; never `auto`."""
    abstained: bool
    """Nothing fits well: the hits are near misses."""
    elapsed_ms: float
    """Milliseconds that the search took in the server."""
    indexing: bool
    """An index update is running: more may be found in a moment."""
    coverage: float
    """Share of the running update that is done, 0 to 1; 1 when none is running."""
    hits: tuple[SearchHit, ...]
    """Best first."""


@dataclass(frozen=True, slots=True)
class StatusParams:
    """Asks how the indexes are."""

    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""


@dataclass(frozen=True, slots=True)
class ReindexParams:
    """Asks to bring indexes up to date now; also resumes a paused update and retries a failed one."""

    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""


@dataclass(frozen=True, slots=True)
class RootStatus:
    """How the index of one workspace folder is."""

    uri: str
    """The folder, as the client named it."""
    name: str
    """The folder's name for people."""
    state: StateName
    """`opening`: model and index are being loaded; `paused`: incomplete until `mindgap/reindex`;
    searches are answered from what is there in every state but `opening` and, mostly, `error`."""
    stage: str
    """What is being done: `scan`, `index`, `deep`, or empty."""
    done: int
    """Files (stage `deep`: units) of the present stage that are done."""
    total: int
    """Files (stage `deep`: units) of the present stage; 0 while unknown."""
    files: int
    """Files in the index."""
    units: int
    """Units in the index."""
    languages: Mapping[str, int]
    """Units per language."""
    encoder: str
    """Fingerprint of the model; empty before it is loaded."""
    deep_coverage: float
    """Share of the units that have a deep vector, 0 to 1."""
    index_path: str
    """The index file; empty before it is open."""
    index_bytes: int
    """Size of the index file on disk."""
    message: str | None = None
    """What the person should know: what failed, what is paused, who else is indexing."""
    deep_encoder: str | None = None
    """Fingerprint of the deep model whose vectors are there."""
    indexed_at: float | None = None
    """Seconds since the epoch of the last complete update."""


@dataclass(frozen=True, slots=True)
class StatusResponse:
    """The answer to StatusParams and ReindexParams."""

    version: str
    """Of the server."""
    roots: tuple[RootStatus, ...]
    """One for each workspace folder."""
    message: str | None = None
    """Set when there is no folder at all."""
