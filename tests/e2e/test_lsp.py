"""The real server over stdio, with the real model, against a real client."""

from __future__ import annotations

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mindgap_server.wire import Json
from tests.conftest import WriteTree
from tests.e2e.lsp_client import SHOP, TAX, Client, connected, eventually, text_at

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
