from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from lsprotocol import types

from mindgap_server.features.files import did_change_watched_files, did_save
from mindgap_server.server import MindgapServer


class FakeSession:
    def __init__(self) -> None:
        self.seen: list[Path] = []

    def notify(self, paths: Iterable[Path]) -> None:
        self.seen += paths


class FakeServer:
    def __init__(self) -> None:
        self.made = FakeSession()

    async def session(self) -> FakeSession:
        return self.made

    async def in_background(self, work: Callable[[Callable[[], bool]], None]) -> None:
        work(lambda: False)


async def test_what_the_client_saw_reaches_the_session() -> None:
    server = FakeServer()
    changes = [
        types.FileEvent(uri, types.FileChangeType.Changed)
        for uri in ("file:///w/a%20b.py", "untitled:Untitled-1", "file:///w/c.py")
    ]
    ls = cast("MindgapServer", server)
    await did_change_watched_files(ls, types.DidChangeWatchedFilesParams(changes))
    assert server.made.seen == [Path("/w/a b.py"), Path("/w/c.py")]


async def test_a_saved_document_reaches_the_session() -> None:
    server = FakeServer()
    document = types.TextDocumentIdentifier("file:///w/a.py")
    await did_save(cast("MindgapServer", server), types.DidSaveTextDocumentParams(document))
    assert server.made.seen == [Path("/w/a.py")]
