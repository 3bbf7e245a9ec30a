"""From the session's answers to LSP types: offsets to positions, kinds, URIs, levels."""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls import uris
from pygls.workspace import PositionCodec

from mindgap_server import __version__
from mindgap_server.folders import NO_FOLDER
from mindgap_server.protocol import (
    Point,
    ReportResponse,
    RootStatus,
    SearchHit,
    SearchResponse,
    SkippedFiles,
    SnippetName,
    Span,
    StatusResponse,
)
from mindgap_server.protocol import RootReport as RootReportMessage

if TYPE_CHECKING:
    from mindgap_indexer.types import Hit, Skipped
    from mindgap_server.session import Answer, Located, RootReport

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOCALHOST = re.compile(r"^file://localhost/", re.IGNORECASE)
_AROUND = 8_192
"""Bytes on either side of shown lines that are looked at for secrets too: a key may begin lines earlier."""

_SYMBOL_KINDS: Mapping[str, types.SymbolKind] = {
    "function": types.SymbolKind.Function,
    "method": types.SymbolKind.Method,
    "constructor": types.SymbolKind.Constructor,
    "class": types.SymbolKind.Class,
    "struct": types.SymbolKind.Struct,
    "interface": types.SymbolKind.Interface,
    "trait": types.SymbolKind.Interface,
    "enum": types.SymbolKind.Enum,
    "type": types.SymbolKind.Class,
    "macro": types.SymbolKind.Function,
    "module": types.SymbolKind.Module,
    "block": types.SymbolKind.File,
}


class LiveText:
    """The text of a file as the client sees it."""

    def __init__(self, data: bytes, codec: PositionCodec, on_disk: bool = False) -> None:
        self._data = data
        self._codec = codec
        # Editors keep the mark of a file out of its text.
        self._seen = (0, 0)
        self._hidden = len(_BYTE_ORDER_MARK) if on_disk and data.startswith(_BYTE_ORDER_MARK) else 0

    def range(self, start: int, end: int) -> Span:
        """The range between two byte offsets."""
        return Span(self.position(start), self.position(end))

    def position(self, offset: int) -> Point:
        """The position of a byte offset, in the units of the negotiated encoding."""
        line, start = self._line_at(offset)
        before = self._data[start:offset]
        if before.isascii():  # one unit a byte in every encoding
            return Point(line, len(before))
        return Point(line, self._codec.client_num_units(before.decode("utf-8", "replace")))

    def begins(self, line: int, offset: int) -> None:
        """Lets positions from here on be counted from this line, which holds the byte offset."""
        if self._is_plain:
            self._seen = (offset, line)

    def offset(self, place: Point) -> int:
        """The byte offset of a position; of one that is not there, the nearest before it."""
        line = min(place.line, len(self._line_starts) - 1)
        begin = self._line_starts[line]
        text = self._data[begin : self._line_end(begin)].decode("utf-8", "replace").rstrip("\r\n")
        # The end of the line at most: pygls counts from there as if a line feed followed, and refuses numbers
        # above 2^31.
        start = types.Position(0, min(place.character, self._codec.client_num_units(text)))
        characters = self._codec.position_from_client_units([text], start).character
        return begin + len(text[:characters].encode("utf-8", "replace"))

    def lines(self, start: int, end: int) -> tuple[int, list[str]]:
        """The lines between two byte offsets, whole, secrets starred out, and the number of the first."""
        first, begin = self._line_at(start)
        stop = self._line_end(max(start, end - 1))
        low = self._data.rfind(b"\n", 0, max(begin - _AROUND, 0)) + 1
        shown = _redacted_window(self._data[low : self._line_end(stop + _AROUND)])[begin - low : stop - low]
        return first, [line.decode("utf-8", "replace") for line in shown.splitlines()] or [""]

    def _line_at(self, offset: int) -> tuple[int, int]:
        """The number of the line that a byte offset is in, and the offset that it begins at."""
        offset = max(offset, self._hidden)
        if self._is_plain:
            start = self._data.rfind(b"\n", 0, offset) + 1
            # The places of a hit are near each other: lines are counted on from the one before.
            seen, line = self._seen if self._seen[0] <= offset else (0, 0)
            line += self._data.count(b"\n", seen, offset)
            self._seen = (offset, line)
            return line, max(start, self._hidden)
        line = bisect_right(self._line_starts, offset) - 1
        return line, self._line_starts[line]

    def _line_end(self, offset: int) -> int:
        """Where the line that a byte offset is in ends, its end included."""
        if self._is_plain:
            return self._data.find(b"\n", offset) + 1 or len(self._data)
        following = bisect_right(self._line_starts, offset)
        return self._line_starts[following] if following < len(self._line_starts) else len(self._data)

    @cached_property
    def shown(self) -> bytes:
        """The text with secrets starred out; offsets are the same."""
        return _redacted(self._data)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether every line ends with a line feed, with or without a carriage return before it."""
        returns = self._data.count(b"\r")
        return returns == 0 or returns == self._data.count(b"\r\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        lines = self._data.splitlines(keepends=True)
        if lines and lines[-1].endswith((b"\n", b"\r")):
            lines.append(b"")
        return [self._hidden, *accumulate(map(len, lines[:-1]))]


@lru_cache(maxsize=256)
def _redacted_window(data: bytes) -> bytes:
    """Remembered: whoever types a question sees the same hits again and again."""
    return _redacted(data)


def _redacted(data: bytes) -> bytes:
    # Not at the top: nothing of the indexer is imported before `initialize` is answered.
    from mindgap_indexer.redaction import redact

    return redact(data)


@dataclass(frozen=True, slots=True)
class Snippets:
    """Which lines come with each hit."""

    lines: int = 0
    at: SnippetName = "start"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a hit, as they go to the client; without a text, nothing does."""

    text: str | None = None
    line: int | None = None
    matched: tuple[int, ...] = ()


def search_response(answer: Answer, codec: PositionCodec, snippets: Snippets = Snippets()) -> SearchResponse:
    """An answer with positions in the client's units."""
    texts: dict[int, LiveText] = {}
    snippet_of = _snippet_maker(answer.query, snippets)
    return SearchResponse(
        query=answer.query,
        mode=answer.mode.value,
        abstained=answer.abstained,
        elapsed_ms=round(answer.elapsed_ms, 3),
        indexing=answer.indexing,
        coverage=answer.coverage,
        hits=tuple(_search_hit(item, _text_of(item, codec, texts), snippet_of) for item in answer.hits),
    )


def symbols(response: SearchResponse) -> list[types.SymbolInformation]:
    """Hits for the editor's own symbol search; near misses are not symbols that anyone asked for."""
    if response.abstained:
        return []
    return [
        types.SymbolInformation(
            name=hit.name,
            kind=_SYMBOL_KINDS[hit.kind],
            # A jump puts the cursor at the start: the name, not a decorator above it.
            location=types.Location(hit.uri, _lsp_range(hit.selection_range)),
            container_name=hit.qualname.rpartition(".")[0] or hit.path,
        )
        for hit in response.hits
    ]


def _lsp_range(span: Span) -> types.Range:
    start, end = (types.Position(point.line, point.character) for point in (span.start, span.end))
    return types.Range(start, end)


def status_response(reports: Iterable[RootReport]) -> StatusResponse:
    """How the indexes are."""
    roots = tuple(_root_status(report) for report in reports)
    return StatusResponse(version=__version__, roots=roots, message=None if roots else NO_FOLDER)


def report_response(reports: Iterable[tuple[RootReport, Iterable[Skipped]]]) -> ReportResponse:
    """What is indexed, and what is not."""
    return ReportResponse(
        tuple(
            RootReportMessage(
                _root_status(report),
                tuple(SkippedFiles(item.reason.value, item.count, item.examples) for item in skipped),
            )
            for report, skipped in reports
        )
    )


def message_type(level: int) -> types.MessageType:
    """The LSP name of a logging level."""
    if level >= logging.ERROR:
        return types.MessageType.Error
    if level >= logging.WARNING:
        return types.MessageType.Warning
    return types.MessageType.Info if level >= logging.INFO else types.MessageType.Log


def path_of(uri: str) -> Path | None:
    """The file of a URI; None when it names no local file."""
    try:
        # This machine may be named; pygls would take any name for that of another one.
        path = uris.to_fs_path(_LOCALHOST.sub("file:///", uri))
    except ValueError:
        return None
    return Path(path) if path else None


def uri_of(path: Path) -> str:
    """The URI of a file."""
    return path.as_uri()


@lru_cache(maxsize=4_096)
def _uri_below(folder: Path, path: str) -> str:
    return uri_of(folder / path)


def _text_of(item: Located, codec: PositionCodec, texts: dict[int, LiveText]) -> LiveText:
    """The live text of a hit; hits of one file share it, and the table of its lines."""
    key = id(item.text)
    if key not in texts:
        texts[key] = LiveText(item.text, codec, on_disk=item.document is None)
    return texts[key]


def _snippet_maker(query: str, snippets: Snippets) -> Callable[[Hit, LiveText], Snippet]:
    """Cuts the snippets of one answer."""
    if not snippets.lines:
        return lambda _hit, _text: Snippet()
    # Not at the top: the package draws in a stemmer, and `initialize` is to be answered at once.
    from mindgap_indexer.excerpts import excerpt, query_terms

    wanted = query_terms(query)

    def snippet(hit: Hit, text: LiveText) -> Snippet:
        first, lines = text.lines(hit.start_byte, hit.end_byte)
        part = excerpt(lines, wanted, snippets.lines, from_start=snippets.at == "start")
        shown = "\n".join(lines[part.start : part.start + part.count])
        return Snippet(shown, first + part.start, tuple(first + line for line in part.matched))

    return snippet


def _search_hit(item: Located, text: LiveText, snippet_of: Callable[[Hit, LiveText], Snippet]) -> SearchHit:
    hit = item.hit
    text.begins(hit.start_line - 1, hit.start_byte)
    snippet = snippet_of(hit, text)
    return SearchHit(
        rank=hit.rank,
        uri=item.document.uri if item.document else _uri_below(item.folder.path, hit.path),
        root_uri=item.folder.uri,
        path=hit.path,
        range=text.range(hit.start_byte, hit.end_byte),
        selection_range=text.range(hit.name_start_byte, hit.name_end_byte),
        name=hit.name,
        qualname=hit.qualname,
        kind=hit.kind.value,
        language=hit.language,
        signature=hit.signature,
        score=hit.score,
        confidence=hit.confidence.value,
        features=hit.features,
        snippet=snippet.text,
        snippet_line=snippet.line,
        matched_lines=snippet.matched,
    )


def _root_status(report: RootReport) -> RootStatus:
    index, progress = report.index, report.progress
    return RootStatus(
        uri=report.folder.uri,
        name=report.folder.name,
        state=report.state.value,
        stage=progress.stage,
        done=progress.done,
        total=progress.total,
        files=index.files if index else 0,
        units=index.units if index else 0,
        languages=index.languages if index else {},
        encoder=index.encoder if index else "",
        deep_coverage=index.deep_coverage if index else 0.0,
        index_path=index.index_path if index else "",
        index_bytes=index.index_bytes if index else 0,
        message=report.message,
        deep_encoder=index.deep_encoder if index else None,
        indexed_at=index.indexed_at if index else None,
    )
