"""The real server and what an editor holds open: unsaved texts, places in them, encodings."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import WriteTree
from tests.e2e.lsp_client import SHOP, TAX, Client, connected, eventually, text_at

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def test_follows_the_disk_within_a_second(client: Client, write_tree: WriteTree) -> None:
    async with client.folder(write_tree({"shop.py": SHOP})):
        write_tree({"shop.py": SHOP + "\n\ndef refund_order(order):\n    return -order.total\n"})
        await eventually(lambda: client.finds("refund_order"), seconds=1)
        write_tree({"shop.py": SHOP + "\n\ndef take_back(order):\n    return -order.total\n"})
        await eventually(lambda: client.finds("take_back"), seconds=1)
        assert "refund_order" not in await client.names("refund_order")


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
