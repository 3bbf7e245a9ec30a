"""The real server over stdio, with the real model, against a real client."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import make_test_lsp_client

from mindgap_indexer.paths import HOME_VARIABLE
from mindgap_server.wire import Json
from tests.conftest import WriteTree
from tests.e2e.lsp_client import DEADLINE, SERVER, Client, capabilities, connected, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Client]:
    """One server for the tests that need no other. It starts without any folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        async with connected() as client:
            yield client


def text_at(text: str, place: types.Range, encoding: str = "utf-16-le") -> str:
    """What stands in a range, counted in an encoding's units; the range is on one line."""
    width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[encoding]
    line = re.split("\r\n|\n|\r", text)[place.start.line].encode(encoding)
    assert place.end.line == place.start.line
    return line[place.start.character * width : place.end.character * width].decode(encoding)


async def test_says_what_it_can(client: Client) -> None:
    can = client.capabilities
    assert can is not None
    assert can.position_encoding == types.PositionEncodingKind.Utf16
    assert can.workspace_symbol_provider is not None
    assert can.execute_command_provider is not None
    assert {"mindgap.search", "mindgap.status", "mindgap.reindex"} < {*can.execute_command_provider.commands}
    assert can.workspace is not None
    assert can.workspace.workspace_folders == types.WorkspaceFoldersServerCapabilities(True, True)

    async def has_registered() -> bool:
        methods = [types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.WORKSPACE_DID_CHANGE_CONFIGURATION]
        return client.registered == methods

    await eventually(has_registered)


async def test_without_a_folder_it_says_so(client: Client) -> None:
    status = await client.request("mindgap/status")
    assert (status.roots, status.message[:18]) == ([], "No folder is open.")
    with pytest.raises(JsonRpcException, match="No folder is open") as error:
        await client.search(TAX)
    assert error.value.code == types.LSPErrorCodes.RequestFailed.value
    assert await client.symbols(TAX) == []


async def test_finds_code_and_shows_progress(client: Client, write_tree: WriteTree) -> None:
    client.lsp.progress_reports.clear()
    root = write_tree({"shop.py": SHOP})
    async with client.folder(root):
        answer = await client.search(TAX, snippetLines=1)
        hit = answer.hits[0]
        assert (hit.rank, hit.path, hit.kind, hit.language) == (1, "shop.py", "function", "python")
        assert (hit.uri, hit.rootUri) == ((root / "shop.py").as_uri(), root.as_uri())
        assert text_at(SHOP, hit.selectionRange) == hit.name == "total_price"
        assert (hit.range.start.line, hit.range.end.line) == (3, 5)
        assert hit.snippet == "def total_price(items, tax_rate):"
        assert (answer.query, answer.mode, answer.abstained, answer.indexing) == (TAX, "nl", False, False)
        (reports,) = client.lsp.progress_reports.values()
        begin, *moves, end = reports
        assert isinstance(begin, types.WorkDoneProgressBegin)
        assert begin.cancellable
        assert isinstance(end, types.WorkDoneProgressEnd)
        assert isinstance(moves[-1], types.WorkDoneProgressReport)
        assert (moves[-1].percentage, moves[-1].message) == (100, "1 of 1 files")


async def test_snippets_show_and_mark_what_matches(client: Client, write_tree: WriteTree) -> None:
    async with client.folder(write_tree({"shop.py": SHOP})):
        answer = await client.search("owe us money", snippetLines=1, snippetFrom="match")
        hit = answer.hits[0]
        assert hit.name == "send_invoice"
        assert hit.snippet == '    return customer.mail(f"You owe us {amount}")'
        assert (hit.snippetLine, hit.matchedLines) == (10, [10])


async def test_code_like_the_function_at_the_cursor(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP, "other.py": SHOP.replace("total_price", "sum_of_prices")})
    place = {"line": 5, "character": 10}
    async with client.folder(root):
        for end in (place, {"line": 5, "character": 40}):
            span = {"start": place, "end": end}
            params = {"uri": (root / "shop.py").as_uri(), "range": span, "snippetLines": 3}
            answer = await client.request("mindgap/similar", params)
            hit = answer.hits[0]
            assert (hit.rank, hit.path, hit.name) == (1, "other.py", "sum_of_prices")
            assert ("shop.py", "total_price") not in [(hit.path, hit.name) for hit in answer.hits]
            assert hit.snippet.startswith("def sum_of_prices(items, tax_rate):")
        with pytest.raises(JsonRpcException, match="cannot be read"):
            await client.request("mindgap/similar", {"uri": (root / "gone.py").as_uri()})


async def test_a_hit_is_found_again_in_unsaved_text(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    uri = (root / "shop.py").as_uri()
    async with client.folder(root):
        wanted = {"uri": uri, "qualname": "total_price", "kind": "function", "line": 3}
        client.open(root / "shop.py", "\n\n\n" + SHOP)
        try:
            place = await client.request("mindgap/locate", wanted)
            assert text_at("\n\n\n" + SHOP, place.selectionRange) == "total_price"
            assert (place.range.start.line, place.range.end.line) == (6, 8)
            client.edit(root / "shop.py", SHOP.replace("total_price", "renamed"))
            assert not hasattr(await client.request("mindgap/locate", wanted), "range")
        finally:
            client.close(root / "shop.py")
        gone = {**wanted, "uri": (root / "gone.py").as_uri()}
        assert not hasattr(await client.request("mindgap/locate", gone), "range")


async def test_the_comment_at_a_place_is_read(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": "# Add the tax\n# to the price.\n" + SHOP})
    uri = (root / "shop.py").as_uri()
    async with client.folder(root):
        for line in (0, 1):
            place = {"uri": uri, "position": {"line": line, "character": 4}}
            comment = await client.request("mindgap/comment", place)
            assert comment.text == "Add the tax\nto the price."
            assert (comment.range.start.line, comment.range.end.line) == (0, 1)
        code = {"uri": uri, "position": {"line": 7, "character": 8}}
        assert not hasattr(await client.request("mindgap/comment", code), "text")


async def test_a_file_with_secrets_is_not_read_for_any_request(client: Client, write_tree: WriteTree) -> None:
    text = "# PASSWORD of zyqwalnut\nPASSWORD=zyqwalnut\n"
    root = write_tree({"shop.py": SHOP, ".env": text})
    uri = (root / ".env").as_uri()
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}
    named = {"uri": uri, "qualname": "PASSWORD", "kind": "block", "line": 1}
    async with client.folder(root):
        for is_open in (False, True):
            if is_open:
                client.open(root / ".env", text)
            with pytest.raises(JsonRpcException, match=r"\(secret\) and therefore not read") as caught:
                await client.request("mindgap/similar", {"uri": uri, "range": span})
            assert "zyqwalnut" not in str(caught.value)
            assert not hasattr(await client.request("mindgap/locate", named), "range")
            place = {"uri": uri, "position": span["start"]}
            assert not hasattr(await client.request("mindgap/comment", place), "text")
        client.close(root / ".env")


async def test_an_index_can_be_looked_at_paused_and_deleted(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP, "notes.txt": "hello\n"})
    async with client.folder(root):
        (report,) = (await client.request("mindgap/report")).roots
        assert (report.status.files, report.status.name) == (1, root.name)
        assert [(s.reason, s.count, s.examples) for s in report.skipped] == [("language", 1, ["notes.txt"])]
        await client.request("mindgap/pause")
        await eventually(lambda: client.is_in("paused"))
        await client.request("mindgap/reindex")
        await client.ready()
        await client.request("mindgap/purge", {"rootUri": root.as_uri()})
        await eventually(lambda: client.is_in("paused"))
        with pytest.raises(JsonRpcException, match="was deleted"):
            await client.search(TAX)
        await client.request("mindgap/purge", {"rebuild": True})
        await client.ready()
        assert await client.finds("total_price")


async def test_tells_of_changes_to_a_client_that_asks_for_it(write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    news: list[Json] = []
    async with connected(experimental={"mindgap": {"statusChanged": True}}, on_status=news.append) as client:
        client.change_folders(added=[root])

        async def is_told_of_ready() -> bool:
            return bool(news) and [(r.state, r.files) for r in news[-1].roots] == [("ready", 1)]

        await eventually(is_told_of_ready)
        write_tree({"late.py": SHOP})

        async def is_told_of_the_file() -> bool:
            return [root.files for root in news[-1].roots] == [2]

        await eventually(is_told_of_the_file)


async def test_a_search_can_be_kept_to_some_places(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP, "in/shop.py": SHOP})
    async with client.folder(root):
        for uris, expected in (
            ([(root / "in").as_uri()], {"in/shop.py"}),
            ([(root / "shop.py").as_uri()], {"shop.py"}),
            (["untitled:Untitled-1"], set[str]()),
        ):
            answer = await client.search(TAX, uris=uris)
            assert {hit.path for hit in answer.hits} == expected


async def test_follows_the_disk_within_a_second(client: Client, write_tree: WriteTree) -> None:
    async with client.folder(write_tree({"shop.py": SHOP})):
        write_tree({"shop.py": SHOP + "\n\ndef refund_order(order):\n    return -order.total\n"})
        await eventually(lambda: client.finds("refund_order"), seconds=1)
        write_tree({"shop.py": SHOP + "\n\ndef take_back(order):\n    return -order.total\n"})
        await eventually(lambda: client.finds("take_back"), seconds=1)
        assert "refund_order" not in await client.names("refund_order")


async def test_folders_come_and_go(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"one/shop.py": SHOP, "two/inner/shop.py": SHOP})
    one, two, inner = root / "one", root / "two", root / "two" / "inner"
    async with client.folder(one, two, inner):
        hits = [hit for hit in (await client.search(TAX)).hits if hit.name == "total_price"]
        assert sorted(hit.rootUri for hit in hits) == sorted([one.as_uri(), inner.as_uri()])
        only = await client.search(TAX, rootUri=one.as_uri())
        assert {hit.rootUri for hit in only.hits} == {one.as_uri()}
        client.change_folders(removed=[one])
        await client.ready(2)
        assert {hit.rootUri for hit in (await client.search(TAX)).hits} == {inner.as_uri()}
        client.change_folders(added=[one])
        await client.ready(3)


async def test_unsaved_lines_move_the_ranges(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    path = root / "shop.py"
    async with client.folder(root):
        client.open(path, SHOP)
        text = "# one\f\n# two\n" + SHOP
        client.edit(path, text)
        hit = (await client.search(TAX)).hits[0]
        assert hit.range.start.line == 5
        assert text_at(text, hit.selectionRange) == "total_price"
        (symbol, *_) = await client.symbols(TAX)
        assert text_at(text, symbol.location.range) == "total_price"
        client.close(path)
        assert (await client.search(TAX)).hits[0].range.start.line == 3


async def test_what_is_typed_is_found_within_half_a_second(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    path = root / "shop.py"
    async with client.folder(root):
        client.open(path, SHOP)
        client.edit(path, SHOP.replace("send_invoice", "mail_the_bill"))
        await eventually(lambda: client.finds("mail_the_bill"), seconds=0.5)
        assert "send_invoice" not in await client.names("send_invoice")
        client.close(path)
        await eventually(lambda: client.finds("send_invoice"), seconds=0.5)


async def test_a_document_that_is_no_file_yet_is_found(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    async with client.folder(root):
        client.open(root / "new.py", "def weigh_parcel(parcel):\n    return parcel.weight\n")
        await eventually(lambda: client.finds("weigh_parcel"), seconds=0.5)
        client.close(root / "new.py")


@pytest.mark.parametrize("text", ["\ufeff" + SHOP, SHOP.replace("\n", "\r\n"), SHOP.replace("\n", "\r")])
async def test_ranges_fit_files_of_other_editors(client: Client, write_tree: WriteTree, text: str) -> None:
    async with client.folder(write_tree({"shop.py": text})):
        hit = (await client.search(TAX)).hits[0]
        assert text_at(text.removeprefix("\ufeff"), hit.selectionRange) == "total_price"


async def test_serves_clients_without_own_requests(client: Client, write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP})
    async with client.folder(root):
        symbols = await client.symbols("send_invoice")
        assert (symbols[0].name, symbols[0].kind) == ("send_invoice", types.SymbolKind.Function)
        assert symbols[0].location.range.start == types.Position(8, 4)
        assert await client.symbols("  ") == []
        by_text = await client.command("mindgap.search", TAX)
        by_object = await client.command("mindgap.search", {"query": TAX, "limit": 1})
        assert by_text["hits"][0]["name"] == by_object["hits"][0]["name"] == "total_price"
        assert len(by_object["hits"]) == 1
        assert (await client.command("mindgap.reindex", root.as_uri()))["roots"][0]["uri"] == root.as_uri()
        await client.ready()
        assert (await client.command("mindgap.status"))["roots"][0]["files"] == 1


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({"query": 5}, -32602, "`query` must be a text, not 5"),
        ({"query": "x", "limit": 0}, -32602, "`limit` must be a whole number from 1 to 200, not 0"),
        ({"query": "x", "languages": ["klingon"]}, -32803, "Unknown language klingon"),
        ({"query": "x", "rootUri": "untitled:1"}, -32602, "`rootUri` must be a file URI"),
        ({"query": "x", "rootUri": "file:///gone"}, -32803, "no workspace folder"),
    ],
)
async def test_wrong_params_are_answered(
    client: Client, write_tree: WriteTree, params: Json, code: int, message: str
) -> None:
    async with client.folder(write_tree({"shop.py": SHOP})):
        with pytest.raises(JsonRpcException, match=message) as error:
            await client.request("mindgap/search", params)
        assert error.value.code == code


async def test_an_unknown_command_is_answered(client: Client) -> None:
    with pytest.raises(JsonRpcException, match="There is no command"):
        await client.command("mindgap.dance")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-32"])
async def test_columns_count_in_the_negotiated_encoding(write_tree: WriteTree, encoding: str) -> None:
    text = 'pass; "é😀"; total_tax = lambda price: price\n\n\nclass É😀: ...\n'
    root = write_tree({"shop.py": text})
    async with connected(root, encoding=encoding) as client:
        await client.ready()
        hit = (await client.search("total_tax")).hits[0]
        units = encoding if encoding == "utf-8" else f"{encoding}-le"
        assert text_at(text, hit.selectionRange, units) == hit.name == "total_tax"
        client.open(root / "shop.py", "# 😀\n" + text)
        hit = (await client.search("total_tax")).hits[0]
        assert text_at("# 😀\n" + text, hit.selectionRange, units) == "total_tax"


async def test_a_closed_document_answers_no_more_while_another_is_being_parsed(
    client: Client, write_tree: WriteTree
) -> None:
    large = "\n".join(f"def func_{i}(a):\n    return a + {i}\n" for i in range(3_000))
    root = write_tree({"shop.py": SHOP, "large.py": large})
    async with client.folder(root):
        client.open(root / "shop.py", SHOP.replace("total_price", "unsaved_price"))
        await eventually(lambda: client.finds("unsaved_price"))
        client.open(root / "large.py", "# now\n" + large)
        await asyncio.sleep(0.2)  # it is being parsed then
        client.close(root / "shop.py")
        assert (await client.names("unsaved_price"))[0] == "total_price"
        assert not await client.finds("unsaved_price")
        client.close(root / "large.py")


async def test_options_are_checked_and_can_change(write_tree: WriteTree) -> None:
    root = write_tree({"shop.py": SHOP, "old/shop.py": SHOP.replace("total_price", "old_price")})
    options = {"search": {"limit": "many"}, "log": {"level": "debug"}, "unheard": 1}
    async with connected(root, options=options) as client:
        await client.ready()
        (warning,) = client.lsp.messages
        assert warning.type == types.MessageType.Warning
        assert '`search.limit` must be a whole number from 1 to 200, not "many"' in warning.message
        assert "the default 10 is used" in warning.message
        logged = [message.message for message in client.lsp.log_messages]
        assert "There is no option `unheard`; it is ignored." in logged
        assert await client.finds("old_price")
        settings = {"mindgap": {"exclude": ["old/"], "search": {"limit": 1}}}
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))

        async def without_old() -> bool:
            return not await client.finds("old_price") and await client.finds("total_price")

        await eventually(without_old)
        assert len(await client.names("total_price")) == 1
        client.lsp.set_configuration({"search": {"limit": 2}}, section="mindgap")
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))

        async def two_hits() -> bool:
            return len(await client.names("total_price")) == 2

        await eventually(two_hits)


async def test_searches_and_indexing_can_be_cancelled(write_tree: WriteTree) -> None:
    async with connected(write_tree({"shop.py": SHOP}), command=SLOW_SERVER) as client:
        for method, params in (
            ("mindgap/search", {"query": "wait"}),
            ("workspace/symbol", types.WorkspaceSymbolParams("wait")),
            ("workspace/executeCommand", types.ExecuteCommandParams("mindgap.search", ["wait"])),
        ):
            client.lsp.log_messages.clear()
            waiting = asyncio.ensure_future(client.request(method, params, msg_id=method))
            await eventually(client.has_logged("the search is waiting"))
            assert (await client.search(TAX)).indexing
            client.lsp.cancel_request(types.CancelParams(method))
            with pytest.raises(JsonRpcException) as error:
                await waiting
            assert error.value.code == types.LSPErrorCodes.RequestCancelled.value
            await eventually(client.has_logged("the search has stopped"))
        assert await client.states() == ["indexing"]
        (token,) = client.lsp.progress_reports
        client.lsp.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        await eventually(lambda: client.is_in("paused"))
        status = await client.request("mindgap/status")
        assert status.roots[0].message == "Indexing was paused at 1 of 2 files. Reindex to resume."
        await client.request("mindgap/reindex")
        await client.ready()
        assert await client.finds("total_price")


async def test_ends_in_the_middle_of_work(write_tree: WriteTree) -> None:
    async with connected(write_tree({"shop.py": SHOP}), command=SLOW_SERVER) as client:
        waiting = asyncio.ensure_future(client.request("mindgap/search", {"query": "wait"}))
        await eventually(client.has_logged("the search is waiting"))
        assert await client.end() == 0
        with pytest.raises(JsonRpcException):
            await waiting


async def test_exit_without_shutdown_is_a_failure(write_tree: WriteTree) -> None:
    async with connected(write_tree({"shop.py": SHOP})) as client:
        client.lsp.exit(None)
        assert await asyncio.wait_for(client.process.wait(), DEADLINE) == 1


async def test_ends_when_the_pipe_closes(write_tree: WriteTree) -> None:
    async with connected(write_tree({"shop.py": SHOP}), command=SLOW_SERVER) as client:
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert await asyncio.wait_for(client.process.wait(), DEADLINE) == 1


async def test_ends_when_the_client_is_gone_and_its_pipe_is_not(write_tree: WriteTree) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stand_in:
        async with connected(write_tree({"shop.py": SHOP}), process_id=stand_in.pid) as client:
            await client.ready()
            stand_in.kill()
            assert await asyncio.wait_for(client.process.wait(), DEADLINE) == 1


async def test_a_killed_client_leaves_no_server(tmp_path: Path) -> None:
    # The server holds the other end of `output`, so the end of the one is the end of the other.
    code = (
        "import subprocess, sys, time;"
        "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stdout);"
        "print('started', flush=True); time.sleep(60)"
    )
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *SERVER, stdout=subprocess.PIPE, cwd=tmp_path
    )
    output = client.stdout
    assert output is not None
    assert await output.readline() == b"started\n"
    client.kill()
    assert await asyncio.wait_for(output.read(), 5) == b""
    await client.wait()


async def test_listens_on_this_machine_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    code = f"from mindgap_server.app import serve; serve(('127.0.0.1', {port}))"
    monkeypatch.setenv("MINDGAP_TOKEN", "let me in")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    lsp = make_test_lsp_client()

    async def is_listening() -> bool:
        try:
            await lsp.start_tcp("127.0.0.1", port)
        except OSError:
            return False
        return True

    await eventually(is_listening)
    client = Client(lsp)
    await lsp.initialize_session(
        types.InitializeParams(capabilities(), initialization_options={"token": "let me in"})
    )
    assert (await client.request("mindgap/status")).roots == []
    await lsp.shutdown_async(None)
    lsp.exit(None)
    assert await asyncio.wait_for(process.wait(), DEADLINE) == 0
    await cast("Any", lsp).stop()


async def test_unsaved_code_is_found_whatever_stands_in_the_path(
    client: Client, write_tree: WriteTree
) -> None:
    root = write_tree({"a b/[id] #1.py": "x = 1\n"})
    async with client.folder(root):
        path = root / "a b" / "[id] #1.py"
        client.open(path, "def typed_just_now(rows):\n    return rows\n")

        async def is_found() -> bool:
            hits = (await client.search("typed_just_now")).hits
            return [hit.name for hit in hits[:1]] == ["typed_just_now"]

        await eventually(is_found)
        client.close(path)
