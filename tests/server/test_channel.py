"""Messages as they come: cut off, oversized, malformed."""

from __future__ import annotations

import asyncio
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap_server import framing
from mindgap_server.framing import UnusableMessageError, parse_body, read_body, read_body_at_once


def reader_of(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def frame(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


async def test_reads_messages_one_after_the_other() -> None:
    reader = reader_of(
        frame(b"one")
        + frame(b"two", b"content-length:%d\r\nContent-Type: x; charset=utf-8\r\n\r\n")
        + b"Nonsense: 1\r\n\r\n"
        + frame(b"three", b"Content-Length: %d\n\n")
    )
    assert [await read_body(reader) for _ in range(4)] == [b"one", b"two", b"three", None]


@pytest.mark.parametrize("data", [b"", b"Content-Length: 10\r\n\r\nhalf", b"Content-Length: 10\r\n"])
async def test_the_end_in_the_middle_is_the_end(data: bytes) -> None:
    assert await read_body(reader_of(data)) is None


async def test_a_message_too_large_is_skipped_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_BODY", 10)
    reader = reader_of(frame(b"x" * 11) + frame(b"small") + b"Content-Length: 999999999999\r\n\r\nxxx")
    with pytest.raises(UnusableMessageError, match="11 bytes was skipped"):
        await read_body(reader)
    assert await read_body(reader) == b"small"
    assert await read_body(reader) is None


def test_a_stream_is_read_at_once() -> None:
    stream = io.BytesIO(frame(b"body") + b"x" * 20_000)
    assert read_body_at_once(stream) == b"body"
    assert read_body_at_once(stream) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"id": 1}', b"\xff\xfe", b'{"jsonrpc": "1.0"}', b"[" * 100_000]
)
def test_what_is_no_message_is_said(body: bytes) -> None:
    with pytest.raises(UnusableMessageError, match="A message is no JSON"):
        parse_body(body)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_end(data: bytes) -> None:
    async def read_all() -> None:
        reader = reader_of(data + b"\r\n\r\n" + frame(json.dumps({"jsonrpc": "2.0"}).encode()))
        for _ in range(1000):
            try:
                if (body := await read_body(reader)) is None:
                    return
                parse_body(body)
            except UnusableMessageError:
                continue
        raise AssertionError("does not end")

    asyncio.run(read_all())
