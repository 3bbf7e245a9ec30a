from __future__ import annotations

import logging
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from mindgap_indexer.types import Confidence, Hit, Kind, Mode
from mindgap_server.documents import OpenDocument
from mindgap_server.folders import Folder
from mindgap_server.protocol import Point, SearchResponse, Span
from mindgap_server.session import Answer, Located
from mindgap_server.translate import LiveText, Snippets, message_type, search_response, symbols

UTF8, UTF16, UTF32 = (PositionCodec(kind) for kind in types.PositionEncodingKind)
FOLDER = Folder(Path("/work space"), "file:///work%20space", "work space")


def make_hit(text: bytes, name: bytes, kind: Kind = Kind.FUNCTION) -> Hit:
    """A hit for the whole text, named where the name stands in it."""
    start = text.index(name)
    return Hit(
        rank=1, path="a b.py", start_line=1, end_line=2, name_line=1,
        start_byte=0, end_byte=len(text), name_start_byte=start, name_end_byte=start + len(name),
        name=name.decode(), qualname=f"outer.{name.decode()}", kind=kind, language="python",
        signature="def f()", score=0.5, confidence=Confidence.HIGH, features={"lexical": 0.25},
    )  # fmt: skip


def make_answer(*hits: Located, abstained: bool = False) -> Answer:
    return Answer("q", Mode.NATURAL_LANGUAGE, abstained, 1.23456, False, 1.0, hits)


def response(
    text: bytes, name: bytes, document: OpenDocument | None = None, lines: int = 0
) -> SearchResponse:
    located = Located(FOLDER, make_hit(text, name), document, text)
    return search_response(make_answer(located), UTF16, Snippets(lines))


@pytest.mark.parametrize(("codec", "column"), [(UTF8, 10), (UTF16, 7), (UTF32, 6)])
def test_columns_count_in_the_negotiated_encoding(codec: PositionCodec, column: int) -> None:
    data = 'é\n"é😀"; name'.encode()
    offset = data.index(b"name")
    assert LiveText(data, codec).position(offset) == Point(1, column)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_of_the_protocol_counts(end: bytes) -> None:
    data = end.join([b"a", b"", b"  b"])
    assert LiveText(data, UTF16).position(data.index(b"b")) == Point(2, 2)
    assert LiveText(data, UTF16).position(len(data)) == Point(2, 3)


def test_other_separators_are_no_line_ends() -> None:
    data = "a\f\v\u2028\x85b".encode()
    assert LiveText(data, UTF16).position(data.index(b"b")) == Point(0, 5)


def test_the_byte_order_mark_of_a_file_is_not_part_of_its_text() -> None:
    data = b"\xef\xbb\xbfname\nnext"
    assert LiveText(data, UTF16, on_disk=True).range(3, 7) == Span(Point(0, 0), Point(0, 4))
    assert LiveText(data, UTF16, on_disk=True).position(0) == Point(0, 0)
    assert LiveText(data, UTF16, on_disk=True).position(data.index(b"next")) == Point(1, 0)
    assert LiveText(data, UTF16, on_disk=False).position(3) == Point(0, 1)


def test_a_hit_becomes_a_range_and_a_selection() -> None:
    hit = response(b"def find():\n    pass\n", b"find").hits[0]
    assert hit.range == Span(Point(0, 0), Point(2, 0))
    assert hit.selection_range == Span(Point(0, 4), Point(0, 8))
    assert (hit.uri, hit.root_uri) == ("file:///work%20space/a%20b.py", FOLDER.uri)
    assert (hit.rank, hit.score, hit.confidence, hit.kind) == (1, 0.5, "high", "function")
    assert hit.snippet is None


def test_an_open_document_keeps_the_uri_that_the_client_gave_it() -> None:
    document = OpenDocument("file:///work%20space/a%20b.py?x", Path("/work space/a b.py"), "")
    assert response(b"find", b"find", document).hits[0].uri == document.uri


@pytest.mark.parametrize(
    ("lines", "snippet"), [(1, "  x = 1"), (2, "  x = 1\n  y = 2"), (9, "  x = 1\n  y = 2\nz")]
)
def test_snippets_are_whole_lines(lines: int, snippet: str) -> None:
    text = b"  x = 1\r\n  y = 2\r\nz\r\n"
    assert response(text, b"x", lines=lines).hits[0].snippet == snippet


def test_symbols_put_the_cursor_on_the_name() -> None:
    (symbol,) = symbols(response(b"@cached\ndef find(): ...", b"find"))
    assert symbol.location.range.start == types.Position(1, 4)
    assert (symbol.name, symbol.kind, symbol.container_name) == ("find", types.SymbolKind.Function, "outer")


def test_near_misses_are_no_symbols() -> None:
    text = b"find"
    near = make_answer(Located(FOLDER, make_hit(text, b"find"), None, text), abstained=True)
    assert symbols(search_response(near, UTF16)) == []


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_a_symbol_kind(kind: Kind) -> None:
    located = Located(FOLDER, make_hit(b"find", b"find", kind), None, b"find")
    assert len(symbols(search_response(make_answer(located), UTF16))) == 1


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (logging.CRITICAL, types.MessageType.Error),
        (logging.ERROR, types.MessageType.Error),
        (logging.WARNING, types.MessageType.Warning),
        (logging.INFO, types.MessageType.Info),
        (logging.DEBUG, types.MessageType.Log),
    ],
)
def test_levels(level: int, expected: types.MessageType) -> None:
    assert message_type(level) is expected


def test_a_secret_that_begins_before_the_shown_lines_is_starred_out() -> None:
    body = "\n".join("MIIEpAIBAAKCAQEAabcdefghijklmnop" for _ in range(40))
    text = f'x = 1\nKEY = """-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"""\n'
    data = text.encode()
    start = data.index(b"MIIE", len(data) // 2)
    first, shown = LiveText(data, UTF16).lines(start, start + 60)
    assert first > 10
    assert shown == ["*" * 32] * 2


@pytest.mark.parametrize("codec", [UTF8, UTF16, UTF32])
@pytest.mark.parametrize("character", [9, 2**31, 10**12])
def test_a_column_beyond_the_line_is_its_end(codec: PositionCodec, character: int) -> None:
    data = "é😀\nname".encode()
    assert LiveText(data, codec).offset(Point(0, character)) == data.index(b"\n")
    assert LiveText(data, codec).offset(Point(9, character)) == len(data)
