"""The real server is told to stop: its searches, its indexing, itself."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import make_test_lsp_client

from tests.conftest import WriteTree
from tests.e2e.lsp_client import (
    DEADLINE,
    SERVER,
    SHOP,
    SLOW_SERVER,
    TAX,
    Client,
    capabilities,
    connected,
    eventually,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
