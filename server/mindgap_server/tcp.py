"""Serves one client over TCP: on this machine alone, and only who knows the token."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import logging
import os
import secrets
import sys
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from mindgap_server.channel import converse, handle, refuse
from mindgap_server.framing import UnusableMessageError, parse_body, read_body
from mindgap_server.rpc import RequestFailedError

if TYPE_CHECKING:
    from mindgap_server.server import MindgapServer
    from mindgap_server.wire import Json

log = logging.getLogger(__name__)

TOKEN_VARIABLE = "MINDGAP_TOKEN"
TOKEN_OPTION = "token"
"""The initialization option that holds the token."""
ADMISSION_SECONDS = 10.0
"""How long a stranger may keep a connection before the first message is there."""
STRANGERS = 8
"""So many connections may wait for admission at a time."""


class TcpServer:
    """Waits for the client with the token, serves it, and ends with it."""

    def __init__(self, server: MindgapServer, token: str) -> None:
        self._server = server
        self._token = token
        self._stop = server.stop_event()
        self._served = asyncio.Event()
        self._taken = False
        self._waiting = 0

    async def run(self, host: str, port: int) -> None:
        """Listen until the client has come and gone."""
        listening = await asyncio.start_server(self._connected, host, port)
        with token_file(listening.sockets[0].getsockname()[1], self._token) as file:
            address = ", ".join(f"{name[0]}:{name[1]}" for name in map(_name_of, listening.sockets))
            print(f"Mindgap listens at {address}; the token is in {file}", file=sys.stderr, flush=True)
            await self._served.wait()
        listening.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            message = await self._admit(reader, writer)
            if message is None:
                return
            self._taken = True
            try:
                await self._serve(message, reader)
            finally:
                self._served.set()
        finally:
            writer.close()
            # The other end may be gone already.
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, message: dict[str, Json], reader: asyncio.StreamReader) -> None:
        try:
            handle(self._server, message)
        except UnusableMessageError as error:
            refuse(self._server, error)
        # A line beyond the reader's limit or a reset: nothing can be read after it.
        with contextlib.suppress(ValueError, OSError):
            await converse(self._server, partial(read_body, reader), self._stop)

    async def _admit(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, Json] | None:
        """The first message of a client with the token, without it; others are told why and sent away."""
        if self._taken or self._waiting >= STRANGERS:
            return None
        self._waiting += 1
        try:
            body = await asyncio.wait_for(read_body(reader), ADMISSION_SECONDS)
            message = None if body is None else parse_body(body)
        except (TimeoutError, UnusableMessageError, ValueError, OSError):
            message = None
        finally:
            self._waiting -= 1
        if message is None or self._taken:
            return None
        if not takes_token(message, self._token):
            log.warning("A client without the right token was sent away.")
            await _send_away(writer, message)
            return None
        cast("Any", self._server.protocol).set_writer(writer)
        return message


def takes_token(message: dict[str, Json], token: str) -> bool:
    """Whether this is `initialize` with the right token, which is taken out of the message."""
    params = message.get("params")
    options = (
        cast("dict[str, Json]", params).get("initializationOptions") if isinstance(params, dict) else None
    )
    if message.get("method") != types.INITIALIZE or not isinstance(options, dict):
        return False
    given = cast("dict[str, Json]", options).pop(TOKEN_OPTION, None)
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())


async def _send_away(writer: asyncio.StreamWriter, message: dict[str, Json]) -> None:
    error = {
        "code": RequestFailedError.CODE,
        "message": "This server asks for the token that `mindgap serve` named when it started: "
        f"send it as initializationOptions.{TOKEN_OPTION}.",
    }
    body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "error": error}).encode()
    with contextlib.suppress(OSError):
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()


@contextlib.contextmanager
def token_file(port: int, token: str) -> Generator[Path]:
    """A file that only this user can read holds the token as long as the server listens."""
    from mindgap_indexer.paths import home, make_private, make_private_file

    file = make_private_file(make_private(home() / "tokens") / f"{port}.token")
    file.write_text(token, "ascii")
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def new_token() -> str:
    """The token of the environment, else a random one."""
    return os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(32)


def check_local(host: str) -> None:
    """Raise MindgapError unless only this machine can reach the host."""
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        from mindgap_indexer.errors import MindgapError

        raise MindgapError(
            f"Mindgap does not listen at {host}: others could read your code there. Use 127.0.0.1."
        )


def serve_tcp(server: MindgapServer, host: str, port: int) -> None:
    """Serve one client at an address of this machine."""
    try:
        asyncio.run(TcpServer(server, new_token()).run(host, port))
    finally:
        server.end_loop()


def _name_of(listening: Any) -> tuple[str, int]:  # noqa: ANN401 - asyncio's TransportSocket
    host, port, *_ = listening.getsockname()
    return host, port
