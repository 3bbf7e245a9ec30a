"""A client for the real server: pytest-lsp's, which checks the protocol, with Mindgap's requests."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from lsprotocol import types
from pytest_lsp import LanguageClient, make_test_lsp_client

from mindgap_server.protocol import STATUS_CHANGED
from mindgap_server.wire import Json

T = TypeVar("T")

SERVER = (sys.executable, "-m", "mindgap_server")
SLOW_SERVER = (sys.executable, str(Path(__file__).with_name("slow_server.py")))
SHOP = '''"""A shop."""


def total_price(items, tax_rate):
    """Sum up the prices of all items and add the tax."""
    return sum(item.price for item in items) * (1 + tax_rate)


def send_invoice(customer, amount):
    """Mail the bill to a customer."""
    return customer.mail(f"You owe us {amount}")
'''
TAX = "add the tax to the sum of the prices"
DEADLINE = 10.0 * float(os.environ.get("MINDGAP_TEST_PATIENCE", "1"))
"""Seconds after which something that must happen has not happened."""


class Client:
    """Speaks with one server process."""

    def __init__(self, lsp: LanguageClient) -> None:
        self.lsp = lsp
        self.capabilities: types.ServerCapabilities | None = None
        self.registered: list[str] = []

        def register(params: types.RegistrationParams) -> None:
            self.registered += [registration.method for registration in params.registrations]

        cast("Any", lsp).feature(types.CLIENT_REGISTER_CAPABILITY)(register)

    @property
    def process(self) -> asyncio.subprocess.Process:
        return cast("asyncio.subprocess.Process", cast("Any", self.lsp)._server)

    async def request(self, method: str, params: Json = None, msg_id: str | None = None) -> Json:
        sending = cast("Any", self.lsp.protocol).send_request_async(method, params or {}, msg_id)
        return await asyncio.wait_for(sending, DEADLINE)

    async def search(self, query: str, **params: Json) -> Json:
        return await self.request("mindgap/search", {"query": query, **params})

    async def names(self, query: str, **params: Json) -> list[str]:
        return [hit.name for hit in (await self.search(query, **params)).hits]

    async def finds(self, name: str) -> bool:
        return name in await self.names(name)

    async def symbols(self, query: str) -> list[types.SymbolInformation]:
        answer = await self.request("workspace/symbol", types.WorkspaceSymbolParams(query))
        return cast("list[types.SymbolInformation]", answer)

    async def command(self, name: str, *arguments: Json) -> Json:
        params = types.ExecuteCommandParams(name, list(arguments) or None)
        return await self.request("workspace/executeCommand", params)

    def has_logged(self, text: str) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return any(text == message.message for message in self.lsp.log_messages)

        return check

    async def is_in(self, state: str) -> bool:
        return await self.states() == [state]

    async def states(self) -> list[str]:
        return [root.state for root in (await self.request("mindgap/status")).roots]

    async def ready(self, roots: int = 1) -> None:
        async def all_ready() -> bool:
            return await self.states() == ["ready"] * roots

        await eventually(all_ready)

    def change_folders(self, added: Iterable[Path] = (), removed: Iterable[Path] = ()) -> None:
        event = types.WorkspaceFoldersChangeEvent(folders(added), folders(removed))
        self.lsp.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    @asynccontextmanager
    async def folder(self, *roots: Path) -> AsyncGenerator[None]:
        """These folders are open, indexed, and closed again."""
        self.change_folders(added=roots)
        try:
            await self.ready(len(roots))
            yield
        finally:
            self.change_folders(removed=roots)
            await self.ready(0)

    def open(self, path: Path, text: str) -> None:
        item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
        self.lsp.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def edit(self, path: Path, text: str) -> None:
        """Change an open document as a whole; the server must have asked for that."""
        assert self.capabilities is not None
        sync = self.capabilities.text_document_sync
        assert isinstance(sync, types.TextDocumentSyncOptions)
        assert sync.change is types.TextDocumentSyncKind.Full
        change = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(2, path.as_uri())
        self.lsp.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, path: Path) -> None:
        document = types.TextDocumentIdentifier(path.as_uri())
        self.lsp.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def end(self) -> int:
        """Say goodbye as a client should; answers the exit code."""
        await asyncio.wait_for(self.lsp.shutdown_session(), DEADLINE)
        return await asyncio.wait_for(self.process.wait(), DEADLINE)


async def eventually(check: Callable[[], Awaitable[T]], seconds: float = DEADLINE) -> T:
    """Ask until the answer is yes; the last answer when time is up."""
    end = asyncio.get_running_loop().time() + seconds
    while not (answer := await check()) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.02)
    assert answer
    return answer


def folders(paths: Iterable[Path]) -> list[types.WorkspaceFolder]:
    return [types.WorkspaceFolder(path.as_uri(), path.name) for path in paths]


def capabilities(encoding: str = "utf-16", experimental: Json = None) -> types.ClientCapabilities:
    return types.ClientCapabilities(
        experimental=experimental,
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)]),
        window=types.WindowClientCapabilities(work_done_progress=True),
        workspace=types.WorkspaceClientCapabilities(
            workspace_folders=True,
            configuration=True,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
            did_change_configuration=types.DidChangeConfigurationClientCapabilities(
                dynamic_registration=True
            ),
        ),
    )


@asynccontextmanager
async def connected(
    *roots: Path,
    options: Mapping[str, Json] | None = None,
    encoding: str = "utf-16",
    command: Iterable[str] = SERVER,
    process_id: int | None = None,
    experimental: Json = None,
    on_status: Callable[[Json], None] = lambda _: None,
) -> AsyncGenerator[Client]:
    """A server in a process of its own, initialised for these folders, and ended afterwards."""
    client = Client(make_test_lsp_client())

    def told(params: Json) -> None:
        on_status(params)

    cast("Any", client.lsp).feature(STATUS_CHANGED)(told)
    await cast("Any", client.lsp).start_io(*command)
    params = types.InitializeParams(
        capabilities(encoding, experimental),
        process_id=process_id,
        workspace_folders=folders(roots) if roots else None,
        initialization_options=options,
    )
    try:
        answer = await asyncio.wait_for(client.lsp.initialize_session(params), DEADLINE)
        client.capabilities = answer.capabilities
        yield client
        if client.process.returncode is None:
            assert await client.end() == 0
    finally:
        if client.process.returncode is None:
            client.process.kill()
        await cast("Any", client.lsp).stop()


def text_at(text: str, place: types.Range, encoding: str = "utf-16-le") -> str:
    """What stands in a range, counted in an encoding's units; the range is on one line."""
    width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[encoding]
    line = re.split("\r\n|\n|\r", text)[place.start.line].encode(encoding)
    assert place.end.line == place.start.line
    return line[place.start.character * width : place.end.character * width].decode(encoding)
