"""Reads a client's messages one by one, and stays in step and alive whatever arrives.

Takes the place of the loop of pygls, which keeps a request that it cannot read without an answer, believes
any length, and looks for messages inside of messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.io_ import StdoutWriter

from mindgap_server.framing import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    Json,
    UnusableMessageError,
    parse_body,
    read_body_at_once,
)
from mindgap_server.leniency import readable

if TYPE_CHECKING:
    from threading import Event

    from mindgap_server.greeting import First, Visit
    from mindgap_server.server import MindgapServer

log = logging.getLogger(__name__)


ReadBody = Callable[[], Awaitable[bytes | None]]
"""Reads the body of the next message; None at the end."""


def handle(server: MindgapServer, message: dict[str, Json]) -> None:
    """Hand one message to its handler. Raises UnusableMessageError for what does not fit the protocol."""
    protocol = cast("Any", server.protocol)
    if "method" in message and ("error" in message or "result" in message):
        # pygls takes it for an answer, and a request would wait for ever.
        problem = f"{_method(message)} is a request and an answer at once."
        raise UnusableMessageError(INVALID_REQUEST, problem, *_addressee(message))
    try:
        is_first = message.get("method") == types.INITIALIZE
        structured = protocol.structure_message(_readable(server, message) if is_first else message)
    except Exception as error:
        raise UnusableMessageError(
            INVALID_PARAMS,
            f"The params of {_method(message)} do not fit the protocol.",
            *_addressee(message),
        ) from error
    if server.shut_down and message.get("method") != types.EXIT:
        # pygls lets such a request wait for ever.
        raise UnusableMessageError(INVALID_REQUEST, "The server is shutting down.", *_addressee(message))
    protocol.handle_message(structured)


def take_up(server: MindgapServer, first: First) -> None:
    """Go on from a client's first message; one that was answered gets no second answer."""
    if first.error is not None:
        raise first.error
    if first.body is None:
        return
    message = parse_body(first.body)
    if first.answered:
        _initialize(server, message)
    else:
        handle(server, message)


def _initialize(server: MindgapServer, message: dict[str, Json]) -> None:
    """Let pygls and the features know what the client said of itself."""
    protocol = cast("Any", server.protocol)
    params = protocol.structure_message(_readable(server, message)).params
    for handler, arguments, _ in protocol.lsp_initialize(params):
        handler(*arguments)


def _readable(server: MindgapServer, message: dict[str, Json]) -> dict[str, Json]:
    """An `initialize` without what does not fit the protocol, which the server takes note of."""
    params = message.get("params")
    given = cast("dict[str, Json]", params)
    if not isinstance(params, dict) or not isinstance(given.get("capabilities"), dict):
        return message

    def reads(part: Json) -> bool:
        whole: Json = {"capabilities": {}, **cast("dict[str, Json]", part)}
        try:
            cast("Any", server.protocol)._converter.structure(whole, types.InitializeParams)
        except Exception:
            return False
        return True

    found = readable(given, reads)
    server.unread = found.left_out
    return {**message, "params": {"capabilities": {}, **found.params}}


def _method(message: dict[str, Json]) -> str:
    method = message.get("method")
    return repr(method[:80]) if isinstance(method, str) else "a message"


def _addressee(message: dict[str, Json]) -> tuple[str | int | None, bool]:
    """The id that an answer needs, and whether none is wanted (a notification, a client's answer)."""
    msg_id = message.get("id")
    wants_answer = "method" in message and isinstance(msg_id, str | int)
    return (msg_id, False) if wants_answer else (None, True)


async def converse(server: MindgapServer, read: ReadBody, stop: Event, first: First | None = None) -> None:
    """Handle messages until the client or the server is gone; the first one may have been read already."""
    if first is not None:
        try:
            take_up(server, first)
        except UnusableMessageError as error:
            _complain(server, error)
    while not stop.is_set():
        try:
            body = await read()
            if body is None:
                return
            handle(server, parse_body(body))
        except UnusableMessageError as error:
            _complain(server, error)


def _complain(server: MindgapServer, error: UnusableMessageError) -> None:
    log.warning("%s", error)
    refuse(server, error)


def refuse(server: MindgapServer, error: UnusableMessageError) -> None:
    """Answer a message that cannot be handled; notifications have no answer."""
    if error.is_notification:
        return
    answer = JsonRpcException(str(error), error.code).to_response_error()
    cast("Any", server.protocol)._send_response(error.id, None, answer)


def serve_visit(server: MindgapServer, visit: Visit) -> None:
    """Serve the client at the other ends of two streams until it is gone."""
    stop = server.stop_event()
    server.protocol.set_writer(StdoutWriter(visit.target))

    reader = ThreadPoolExecutor(1, "mindgap-reader")

    def read() -> Awaitable[bytes | None]:
        # A whole message by one turn of one thread: each more takes a query a tenth of a millisecond.
        return asyncio.get_running_loop().run_in_executor(reader, read_body_at_once, visit.source)

    try:
        asyncio.run(converse(server, read, stop, visit.first))
    except BrokenPipeError:
        log.warning("The client closed its end.")
    finally:
        # Not waiting for it: it may stand before a pipe that nobody writes into any more.
        reader.shutdown(wait=False)
        server.end_loop()
