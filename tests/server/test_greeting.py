"""The first message of a client over stdio: answered before the rest of the server is loaded."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from threading import Event
from typing import Any, cast

import pytest
from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.io_ import StdoutWriter

from mindgap_server.app import create_server
from mindgap_server.capabilities import initialize_result
from mindgap_server.channel import converse, take_up
from mindgap_server.framing import UnusableMessageError, frame, read_body
from mindgap_server.greeting import First, greet
from mindgap_server.server import MindgapServer

EVERYTHING: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-8", "utf-16"]},
    "notebookDocument": {"synchronization": {"dynamicRegistration": True}},
    "textDocument": {
        "synchronization": {"willSave": True, "willSaveWaitUntil": True, "didSave": True},
        "rename": {"prepareSupport": True},
        "semanticTokens": {"requests": {}, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"]},
    },
    "workspace": {
        "workspaceFolders": True,
        "configuration": True,
        "fileOperations": {"didCreate": True, "willRename": True, "didDelete": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
    },
    "window": {"workDoneProgress": True},
}


def initialize(capabilities: object, number: int | str = 1) -> dict[str, Any]:
    params = {"processId": None, "rootUri": None, "capabilities": capabilities}
    return {"id": number, "method": "initialize", "params": params}


def asked(data: bytes) -> tuple[First, bytes]:
    target = io.BytesIO()
    return greet(io.BytesIO(data), target), target.getvalue()


def result_in(sent: bytes) -> Any:  # noqa: ANN401 - JSON
    return json.loads(sent.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "client",
    [
        {},
        EVERYTHING,
        {"general": {"positionEncodings": ["utf-32", "utf-8"]}},
        {"general": {"positionEncodings": ["latin-1"]}},
        {"general": {}},
    ],
)
def test_says_what_pygls_makes_of_the_features(client: dict[str, Any]) -> None:
    server = create_server()
    protocol = cast("Any", server.protocol)
    params = protocol.structure_message({"jsonrpc": "2.0", **initialize(client)}).params
    said = cast("Any", ServerCapabilitiesBuilder)(
        params.capabilities,
        {*protocol.fm.features, *protocol.fm.builtin_features},
        protocol.fm.feature_options,
        list(protocol.fm.commands),
        types.TextDocumentSyncKind.Full,
        None,
        ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities),
    ).build()
    result = types.InitializeResult(said, protocol.server_info)
    made = json.loads(json.dumps(result, default=protocol._serialize_message))
    # pygls denies what was offered to it; that says no more than to be silent about it.
    synchronisation = made["capabilities"]["textDocumentSync"]
    assert not synchronisation.pop("willSave", False)
    assert not synchronisation.pop("willSaveWaitUntil", False)
    assert initialize_result(client) == made
    server.dispose()


@pytest.mark.parametrize("number", [1, "first"])
def test_initialize_is_answered_at_once(number: int | str) -> None:
    first, sent = asked(frame(initialize(EVERYTHING, number)) + frame({"method": "initialized"}))
    assert first.answered
    assert result_in(sent) == {"jsonrpc": "2.0", "id": number, "result": initialize_result(EVERYTHING)}


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "method": "shutdown"},
        {"method": "initialize", "params": {"capabilities": {}}},
        {"id": 1, "method": "initialize", "params": []},
        {"id": 1, "method": "initialize", "params": {"capabilities": 3}},
        {"id": 1.5, "method": "initialize", "params": {"capabilities": {}}},
    ],
)
def test_what_is_no_proper_initialize_is_left_to_the_server(message: dict[str, Any]) -> None:
    first, sent = asked(frame(message))
    assert (first.answered, sent) == (False, b"")
    assert first.body is not None


def test_a_client_that_says_nothing_is_no_failure() -> None:
    assert asked(b"") == (First(), b"")


def test_a_client_that_goes_in_the_middle_of_a_message_is_no_failure() -> None:
    assert asked(b"Content-Length: 99999999999\r\n\r\n" + b"x" * 10) == (First(), b"")


def test_a_message_that_cannot_be_read_is_answered_by_the_server(
    server: MindgapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_server.framing.MAX_BODY", 10)
    first, sent = asked(b"Content-Length: 12\r\n\r\n" + b"x" * 12)
    assert (first.body, first.answered, sent) == (None, False, b"")
    with pytest.raises(UnusableMessageError, match="12 bytes was skipped: the most is 10"):
        take_up(server, first)


@pytest.mark.parametrize("wrong", [{}, {"workspace": 7}])
def test_an_answered_initialize_reaches_the_features_and_is_not_answered_again(wrong: object) -> None:
    server, target = create_server(), io.BytesIO()
    server.protocol.set_writer(StdoutWriter(target))
    body = frame(initialize(wrong)).partition(b"\r\n\r\n")[2]

    async def nothing() -> None:
        return None

    async def visit() -> None:
        await converse(server, nothing, Event(), First(body, answered=True))

    import asyncio

    asyncio.run(visit())
    assert server.workspace.root_path is None
    assert server.initialize_params.capabilities is not None
    assert target.getvalue() == b""
    server.dispose()


def test_other_first_messages_are_handled_as_any(server: MindgapServer) -> None:
    target = io.BytesIO()
    server.protocol.set_writer(StdoutWriter(target))
    take_up(
        server, First(frame({"id": 9, "method": "mindgap/unknown", "params": {}}).partition(b"\r\n\r\n")[2])
    )
    assert result_in(target.getvalue())["error"]["code"] == types.ErrorCodes.MethodNotFound.value


async def test_what_became_of_a_notification_is_not_kept() -> None:
    # Here, not by the fixture: the server belongs to the loop of the test.
    server = create_server()
    document = {"uri": "file:///w/a.py", "languageId": "python", "version": 1, "text": "x = 1\n"}
    opening = {"method": "textDocument/didOpen", "params": {"textDocument": document}}
    take_up(server, First(frame(initialize({})).partition(b"\r\n\r\n")[2], answered=True))
    for _ in range(3):
        take_up(server, First(frame(opening).partition(b"\r\n\r\n")[2]))
    assert list(server.workspace.text_documents) == ["file:///w/a.py"]
    assert vars(server.protocol)["_request_futures"] == {}
    server.dispose()


async def test_a_change_of_what_was_never_opened_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    server, target = create_server(), io.BytesIO()
    server.protocol.set_writer(StdoutWriter(target))
    take_up(server, First(frame(initialize({})).partition(b"\r\n\r\n")[2], answered=True))
    document = {"uri": "file:///w/a%20b.py", "version": 2}
    opening = {"textDocument": {**document, "languageId": "python", "text": "x = 1\n"}}
    change = {"textDocument": document, "contentChanges": [{"text": "x = 2\n"}]}

    def send(method: str, params: object) -> None:
        take_up(server, First(frame({"method": method, "params": params}).partition(b"\r\n\r\n")[2]))

    send("textDocument/didChange", change)
    assert target.getvalue() == b""
    assert "file:///w/a%20b.py was changed without having been opened; ignored." in caplog.text
    send("textDocument/didOpen", opening)
    send("textDocument/didChange", change)
    assert server.live_text("file:///w/a%20b.py") == "x = 2\n"
    server.dispose()


@pytest.fixture
def server() -> Any:  # noqa: ANN401 - a generator
    made = create_server()
    yield made
    made.dispose()


def test_nothing_heavy_is_imported_before_initialize_is_answered() -> None:
    code = (
        "import sys; import mindgap_server.start;"
        "heavy = {'numpy', 'mindgap_indexer', 'lsprotocol', 'pygls', 'attr', 'asyncio', 'logging', 'typer'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_a_plain_serve_loads_nothing_of_the_command_line() -> None:
    code = (
        "import sys; sys.argv = ['mindgap', 'serve']; import io;"
        "from mindgap_server import start; start.serve_stdio = lambda: None;"
        "from mindgap_server.cli.entry import main; main();"
        "print(sorted({'typer', 'rich', 'numpy'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


async def test_reading_at_once_reads_as_reading_in_a_loop() -> None:
    import asyncio

    reader = asyncio.StreamReader()
    reader.feed_data(frame(initialize({})))
    reader.feed_eof()
    assert await read_body(reader) == asked(frame(initialize({})))[0].body
