"""A client's messages as bytes and JSON; needs nothing but the standard library."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, BinaryIO, Generic, Protocol, TypeVar, cast

MAX_HEADER = 8_192
"""Bytes of one header line."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of one message: far more than any file that is indexed."""
_CHUNK = 1 << 20
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,19})[ \t]*", re.IGNORECASE)

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32_700, -32_600, -32_602
"""Of JSON-RPC; lsprotocol names them too, but takes half a second to import."""

T = TypeVar("T")
Json = Any
"""What `json.loads` answers; objects are dicts."""


class ByteReader(Protocol):
    """Where bytes come from; asyncio's StreamReader is one."""

    def readline(self) -> Awaitable[bytes]:
        """A line with its end, a piece of one that is too long, or nothing at the end."""
        ...

    def read(self, n: int, /) -> Awaitable[bytes]:
        """At least one and at most so many bytes; nothing at the end."""
        ...


class UnusableMessageError(Exception):
    """A message that is answered with an error instead of being handled; reading goes on."""

    def __init__(
        self, code: int, message: str, msg_id: str | int | None = None, is_notification: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.id = msg_id
        self.is_notification = is_notification


async def read_body(reader: ByteReader) -> bytes | None:
    """The body of the next message; None at the end. Raises UnusableMessageError for one too large."""
    length = await _read_length(reader)
    if length is None:
        return None
    if length > MAX_BODY:
        if not await _skip(reader, length):
            return None
        raise UnusableMessageError(
            INVALID_REQUEST,
            f"A message of {length:,} bytes was skipped: the most is {MAX_BODY:,}.",
        )
    parts: list[bytes] = []
    while length > 0:
        part = await reader.read(min(length, _CHUNK))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def read_body_at_once(stream: BinaryIO) -> bytes | None:
    """The same of a stream that makes its reader wait."""
    return _at_once(read_body(_BlockingReader(stream)))


async def _read_length(reader: ByteReader) -> int | None:
    """The length that the next header says; None at the end. A header without one is passed over."""
    length: int | None = None
    while line := await reader.readline():
        if not line.strip():
            if length is not None:
                return length
        elif match := _LENGTH.fullmatch(line.rstrip(b"\r\n")):
            length = int(match[1])
    return None


async def _skip(reader: ByteReader, length: int) -> bool:
    while length > 0:
        part = await reader.read(min(length, _CHUNK))
        if not part:
            return False
        length -= len(part)
    return True


def parse_body(body: bytes) -> dict[str, Json]:
    """The message as a JSON object. Raises UnusableMessageError."""
    try:
        message: Json = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnusableMessageError(PARSE_ERROR, f"A message is no JSON ({type(error).__name__}).") from error
    if not isinstance(message, dict) or cast("dict[str, Json]", message).get("jsonrpc") != "2.0":
        raise UnusableMessageError(INVALID_REQUEST, "A message is no JSON-RPC 2.0 object.")
    return cast("dict[str, Json]", message)


def frame(message: dict[str, Json]) -> bytes:
    """A message as it is sent."""
    body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class _Done(Generic[T]):
    """An awaitable that is done."""

    def __init__(self, value: T) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, T]:
        yield from ()
        return self._value


class _BlockingReader:
    """Reads a stream on the thread that asks."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> _Done[bytes]:
        return _Done(self._stream.readline(MAX_HEADER))

    def read(self, n: int, /) -> _Done[bytes]:
        return _Done(self._stream.read(n))


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    raise RuntimeError("The coroutine waits.")
