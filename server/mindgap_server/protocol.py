"""Mindgap's own requests, declared once: method names, parameters, results.

Names are camelCase on the wire (`wire.py`), optional fields without a value are left out, positions are
in the negotiated position encoding. A request that cannot be answered gets the error RequestFailed with a
message for the person. vscode-client/src/protocol.ts is made from this file by scripts/protocol_ts.py.

The values of enumerations are spelt out here, so that the contract can be read, and the server can answer
`initialize`, without the indexer; a test keeps both equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


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
SIMILAR = Request("mindgap/similar", "mindgap.similar", "uri")
"""SimilarParams -> SearchResponse."""
LOCATE = Request("mindgap/locate", "mindgap.locate", "uri")
"""LocateParams -> LocateResponse."""
COMMENT = Request("mindgap/comment", "mindgap.comment", "uri")
"""CommentParams -> CommentResponse."""
REPORT = Request("mindgap/report", "mindgap.report", "rootUri")
"""ReportParams -> ReportResponse."""
PAUSE = Request("mindgap/pause", "mindgap.pause", "rootUri")
"""PauseParams -> StatusResponse."""
PURGE = Request("mindgap/purge", "mindgap.purge", "rootUri")
"""PurgeParams -> StatusResponse."""

STATUS_CHANGED = "mindgap/statusChanged"
"""Notification to the client: a StatusResponse, a few times a second at most while something changes.

Only for clients whose `capabilities.experimental` say `{"mindgap": {"statusChanged": true}}`."""

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
SnippetName = Literal["start", "match"]
SkipName = Literal[
    "ignored",
    "builtin",
    "language",
    "too-large",
    "binary",
    "minified",
    "generated",
    "empty",
    "symlink",
    "nested",
    "secret",
    "hangs",
    "unreadable",
]
StateName = Literal["opening", "indexing", "ready", "paused", "error"]


@dataclass(frozen=True, slots=True)
class Point:
    """A Position of LSP."""

    line: int = field(default=0, metadata={"minimum": 0})
    """From 0."""
    character: int = field(default=0, metadata={"minimum": 0})
    """From 0."""


@dataclass(frozen=True, slots=True)
class Span:
    """A Range of LSP."""

    start: Point = Point()
    """Where it begins."""
    end: Point = Point()
    """Behind its last character."""


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
    snippet_from: SnippetName = "start"
    """Which lines: the first ones of the unit, or those around what matches best."""
    uris: tuple[str, ...] | None = None
    """Only these files, and what is below these folders; absent: all."""


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
    range: Span
    """The whole unit, without the comment above it."""
    selection_range: Span
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
    """Lines of the unit, when `snippetLines` asked for them."""
    snippet_line: int | None = None
    """The line of the document that the snippet starts with, from 0."""
    matched_lines: tuple[int, ...] = ()
    """Lines of the snippet that say most of what was asked, as lines of the document, from 0."""


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


@dataclass(frozen=True, slots=True)
class SimilarParams:
    """Asks for functions like the one at a place, or like some selected lines."""

    uri: str
    """The file, open or on disk."""
    range: Span = Span()
    """What is selected; empty: the function around this place."""
    limit: int | None = field(default=None, metadata={"minimum": 1, "maximum": MAX_LIMIT})
    """Most hits to answer; absent: the option `search.limit`."""
    snippet_lines: int = field(default=0, metadata={"minimum": 0, "maximum": 100})
    """Lines of source text that come with each hit."""


@dataclass(frozen=True, slots=True)
class LocateParams:
    """Asks where a hit stands now."""

    uri: str
    """Of the hit."""
    qualname: str
    """Of the hit."""
    kind: KindName
    """Of the hit."""
    line: int = field(metadata={"minimum": 0})
    """Where its name stood, from 0; the nearest of several namesakes is meant."""


@dataclass(frozen=True, slots=True)
class LocateResponse:
    """The answer to LocateParams; without ranges when the hit is gone."""

    range: Span | None = None
    """The whole unit."""
    selection_range: Span | None = None
    """Its name."""


@dataclass(frozen=True, slots=True)
class CommentParams:
    """Asks for the comment at a place."""

    uri: str
    """The file, open or on disk."""
    position: Point = Point()
    """Somewhere in it."""


@dataclass(frozen=True, slots=True)
class CommentResponse:
    """The answer to CommentParams; empty when there is code at the place."""

    text: str | None = None
    """What the comment says, with its neighbours in the lines above and below, without comment marks."""
    range: Span | None = None
    """Where it stands."""


@dataclass(frozen=True, slots=True)
class PauseParams:
    """Asks to stop indexing, and not to follow changes, until `mindgap/reindex`."""

    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""


@dataclass(frozen=True, slots=True)
class PurgeParams:
    """Asks to delete indexes, every byte of them."""

    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""
    rebuild: bool = False
    """Build them again at once; else that waits for `mindgap/reindex`."""


@dataclass(frozen=True, slots=True)
class ReportParams:
    """Asks what is indexed, and what is left out and why."""

    root_uri: str | None = None
    """Only this workspace folder; absent: all of them."""


@dataclass(frozen=True, slots=True)
class SkippedFiles:
    """What an index leaves out for one reason."""

    reason: SkipName
    """Why."""
    count: int
    """Files and folders; a folder counts once, whatever is in it."""
    examples: tuple[str, ...]
    """A few of them, relative to the workspace folder."""


@dataclass(frozen=True, slots=True)
class RootReport:
    """What is in the index of one workspace folder, and what is not."""

    status: RootStatus
    """How the index is."""
    skipped: tuple[SkippedFiles, ...]
    """Most frequent reason first."""


@dataclass(frozen=True, slots=True)
class ReportResponse:
    """The answer to ReportParams."""

    roots: tuple[RootReport, ...]
    """One for each workspace folder whose index is open."""
