"""Reads a client's messages one by one, and stays in step and alive whatever arrives.

Takes the place of the loop of pygls, which keeps a request that it cannot read without an answer, believes
any length, and looks for messages inside of messages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.io_ import StdoutWriter

if TYPE_CHECKING:
    from threading import Event

    from mindgap_server.server import MindgapServer
    from mindgap_server.wire import Json

log = logging.getLogger(__name__)

MAX_HEADER = 8_192
"""Bytes of one header line."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of one message: far more than any file that is indexed."""
_CHUNK = 1 << 20
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,19})[ \t]*", re.IGNORECASE)


class ByteReader(Protocol):
    """Where bytes come from; asyncio's StreamReader is one."""

    def readline(self) -> Awaitable[bytes]:
        """A line with its end, a piece of one that is too long, or nothing at the end."""
        ...

    def read(self, n: int, /) -> Awaitable[bytes]:
        """At least one and at most so many bytes; nothing at the end."""
        ...


class FileReader:
    """Reads a blocking stream on a thread."""

    def __init__(self, stream: BinaryIO, executor: Executor) -> None:
        self._stream = stream
        self._executor = executor

    async def readline(self) -> bytes:
        """A line, or a piece of one that is too long."""
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, self._stream.readline, MAX_HEADER
        )

    async def read(self, n: int, /) -> bytes:
        """Some bytes."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._stream.read, n)


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
            types.ErrorCodes.InvalidRequest.value,
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
        raise UnusableMessageError(
            types.ErrorCodes.ParseError.value, f"A message is no JSON ({type(error).__name__})."
        ) from error
    if not isinstance(message, dict) or cast("dict[str, Json]", message).get("jsonrpc") != "2.0":
        raise UnusableMessageError(
            types.ErrorCodes.InvalidRequest.value, "A message is no JSON-RPC 2.0 object."
        )
    return cast("dict[str, Json]", message)


def handle(server: MindgapServer, message: dict[str, Json]) -> None:
    """Hand one message to its handler. Raises UnusableMessageError for params that do not fit."""
    protocol = cast("Any", server.protocol)
    try:
        structured = protocol.structure_message(message)
    except Exception as error:
        raise UnusableMessageError(
            types.ErrorCodes.InvalidParams.value,
            f"The params of {_method(message)} do not fit the protocol.",
            *_addressee(message),
        ) from error
    if server.shut_down and message.get("method") != types.EXIT:
        # pygls lets such a request wait for ever.
        raise UnusableMessageError(
            types.ErrorCodes.InvalidRequest.value, "The server is shutting down.", *_addressee(message)
        )
    protocol.handle_message(structured)


def _method(message: dict[str, Json]) -> str:
    method = message.get("method")
    return repr(method[:80]) if isinstance(method, str) else "a message"


def _addressee(message: dict[str, Json]) -> tuple[str | int | None, bool]:
    """The id that an answer needs, and whether none is wanted (a notification, a client's answer)."""
    msg_id = message.get("id")
    wants_answer = "method" in message and isinstance(msg_id, str | int)
    return (msg_id, False) if wants_answer else (None, True)


async def converse(server: MindgapServer, reader: ByteReader, stop: Event) -> None:
    """Handle messages until the client or the server is gone."""
    while not stop.is_set():
        try:
            body = await read_body(reader)
            if body is None:
                return
            handle(server, parse_body(body))
        except UnusableMessageError as error:
            log.warning("%s", error)
            refuse(server, error)


def refuse(server: MindgapServer, error: UnusableMessageError) -> None:
    """Answer a message that cannot be handled; notifications have no answer."""
    if error.is_notification:
        return
    answer = JsonRpcException(str(error), error.code).to_response_error()
    cast("Any", server.protocol)._send_response(error.id, None, answer)


def serve_streams(server: MindgapServer, source: BinaryIO, target: BinaryIO) -> None:
    """Serve the client at the other ends of two streams until it is gone."""
    stop = server.stop_event()
    server.protocol.set_writer(StdoutWriter(target))
    try:
        asyncio.run(converse(server, FileReader(source, server.thread_pool), stop))
    except BrokenPipeError:
        log.warning("The client closed its end.")
    finally:
        server.end_loop()
