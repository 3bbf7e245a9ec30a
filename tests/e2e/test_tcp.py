"""`mindgap serve --tcp`: only who knows the token is served."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mindgap_server.framing import read_body
from mindgap_server.wire import Json
from tests.e2e.lsp_client import DEADLINE

SERVE = "import sys; from mindgap_server.app import serve; serve(('127.0.0.1', 0))"


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that waits for its client."""

    process: asyncio.subprocess.Process
    port: int
    token: Path

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def ask(self, *messages: Json) -> Json:
        """What the server answers first to these messages of a new client; None when it hangs up."""
        async with self.connection() as (reader, writer):
            for message in messages:
                writer.write(framed(message))
            return await answer(reader)


def framed(message: Json) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


async def answer(reader: asyncio.StreamReader) -> Json:
    try:
        body = await asyncio.wait_for(read_body(reader), DEADLINE)
    except ConnectionResetError:
        # Hung up on before it was heard.
        return None
    return None if body is None else json.loads(body)


def initialize(**options: Json) -> Json:
    params: Any = {"processId": None, "rootUri": None, "capabilities": {}}
    return {"id": 1, "method": "initialize", "params": params | {"initializationOptions": options}}


@pytest.fixture
async def listening() -> AsyncGenerator[Listening]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    line = (await asyncio.wait_for(process.stderr.readline(), DEADLINE)).decode()
    match = re.fullmatch(r"Mindgap listens at 127\.0\.0\.1:(\d+); the token is in (.+)\n", line)
    assert match is not None, line
    try:
        yield Listening(process, int(match[1]), Path(match[2]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_strangers_are_sent_away_and_the_owner_is_served(listening: Listening) -> None:
    assert listening.token.stat().st_mode & 0o777 == 0o600
    status: Json = {"id": 1, "method": "mindgap/status", "params": {}}
    for message in (initialize(), initialize(token="guess"), initialize(token=7), status):
        refused = await listening.ask(message)
        assert "asks for the token" in refused["error"]["message"]
    async with listening.connection() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        writer.write_eof()
        assert await answer(reader) is None
    async with listening.connection() as (reader, writer):
        writer.write(framed(initialize(token=listening.token.read_text())))
        assert (await answer(reader))["result"]["serverInfo"]["name"] == "mindgap"
        # While it is served nobody else gets in, not even with the token.
        assert await listening.ask(initialize(token=listening.token.read_text())) is None
        writer.write(framed({"id": 2, "method": "shutdown"}))
        assert (await answer(reader))["id"] == 2
        writer.write(framed({"method": "exit"}))
        assert await asyncio.wait_for(listening.process.wait(), DEADLINE) == 0
    assert not listening.token.exists()


async def test_a_client_that_hangs_up_ends_the_server(listening: Listening) -> None:
    async with listening.connection() as (reader, writer):
        writer.write(framed(initialize(token=listening.token.read_text())))
        assert (await answer(reader))["id"] == 1
    assert await asyncio.wait_for(listening.process.wait(), DEADLINE) == 1
