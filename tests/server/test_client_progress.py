from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError

from mindgap_server.features.progress import ClientReporter
from mindgap_server.server import MindgapServer


class FakeServer:
    """The part of a server that progress needs; the client behind it answers when it is told to."""

    def __init__(self, able: bool = True) -> None:
        window = types.WindowClientCapabilities(work_done_progress=able)
        self.client_capabilities = types.ClientCapabilities(window=window)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent: list[Any] = []
        self.shown: list[types.ShowMessageParams] = []
        self.on_cancel: Callable[[types.WorkDoneProgressCancelParams], None] | None = None
        self.token: types.ProgressToken = ""

    def replace_builtin(
        self, method: str, handler: Callable[[types.WorkDoneProgressCancelParams], None]
    ) -> None:
        assert method == types.WINDOW_WORK_DONE_PROGRESS_CANCEL
        self.on_cancel = handler

    def soon(self, call: Callable[..., None], *arguments: object) -> None:
        call(*arguments)

    async def window_work_done_progress_create_async(
        self, params: types.WorkDoneProgressCreateParams
    ) -> None:
        self.token = params.token
        await self.ready

    def progress(self, params: types.ProgressParams) -> None:
        assert params.token == self.token
        self.sent.append(params.value)

    def window_show_message(self, params: types.ShowMessageParams) -> None:
        self.shown.append(params)

    def cancel(self, token: types.ProgressToken) -> None:
        assert self.on_cancel is not None
        self.on_cancel(types.WorkDoneProgressCancelParams(token))

    def kinds(self) -> list[str]:
        return [value.kind for value in self.sent]


def reporter_of(server: FakeServer) -> ClientReporter:
    return ClientReporter(cast("MindgapServer", server))


async def settle() -> None:
    """Let the tasks that are ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_bar_begins_moves_and_ends() -> None:
    server = FakeServer()
    bar = reporter_of(server).begin("Indexing", lambda: None)
    server.ready.set_result(None)
    await settle()
    bar.report(None, "looking")
    bar.report(50, "1 of 2")
    bar.end("done")
    bar.report(60, "too late")
    begin, looking, half, end = server.sent
    assert (begin.title, begin.cancellable, begin.percentage) == ("Indexing", True, 0)
    assert (looking.percentage, looking.message) == (None, "looking")
    assert (half.percentage, half.message) == (50, "1 of 2")
    assert end.message == "done"


async def test_what_happens_before_the_client_is_ready_waits() -> None:
    server = FakeServer()
    bar = reporter_of(server).begin("Indexing", lambda: None)
    bar.report(10, "a")
    bar.report(20, "b")
    bar.end("done")
    await settle()
    assert server.sent == []
    server.ready.set_result(None)
    await settle()
    assert server.kinds() == ["begin", "report", "end"]
    assert server.sent[1].message == "b"


async def test_a_client_that_refuses_gets_no_progress() -> None:
    server = FakeServer()
    bar = reporter_of(server).begin("Indexing", lambda: None)
    server.ready.set_exception(JsonRpcInternalError("no room"))
    await settle()
    bar.report(10, "a")
    bar.end("done")
    assert server.sent == []


async def test_a_client_without_progress_is_not_asked() -> None:
    server = FakeServer(able=False)
    bar = reporter_of(server).begin("Indexing", lambda: None)
    bar.report(10, "a")
    bar.end("done")
    await settle()
    assert (server.token, server.sent) == ("", [])


async def test_cancelling_reaches_the_bar_that_is_meant_while_it_is_shown() -> None:
    server = FakeServer()
    cancelled: list[str] = []
    bar = reporter_of(server).begin("Indexing", lambda: cancelled.append("one"))
    server.ready.set_result(None)
    await settle()
    server.cancel("another token")
    assert cancelled == []
    server.cancel(server.token)
    assert cancelled == ["one"]
    bar.end("stopped")
    server.cancel(server.token)
    assert cancelled == ["one"]


async def test_complaints_are_shown_as_errors() -> None:
    server = FakeServer()
    reporter_of(server).complain("The model is gone.")
    (shown,) = server.shown
    assert (shown.type, shown.message) == (types.MessageType.Error, "Mindgap: The model is gone.")
