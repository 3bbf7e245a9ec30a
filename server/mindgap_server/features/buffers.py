"""What is typed becomes searchable before it is saved: open documents go to the session as they rest."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types

from mindgap_server.rest import Rest
from mindgap_server.server import MindgapServer
from mindgap_server.translate import path_of

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.1
"""So long nothing may be typed before a document is parsed …"""
LONGEST_SECONDS = 0.3
"""… but it is parsed at the latest after this, however fast the typist."""


class Buffers:
    """The open documents of one client."""

    def __init__(self, ls: MindgapServer) -> None:
        self._ls = ls
        self._rest = Rest(self._send, QUIET_SECONDS, LONGEST_SECONDS)
        self._sending: set[asyncio.Task[None]] = set()
        self._newest: dict[str, object] = {}
        """A token for the text of each document that was sent last: older ones need not be parsed."""

    def touch(self, uri: str) -> None:
        """A document was opened, whose text need not be what is on disk, or changed."""
        self._rest.touch(uri)

    def close(self, uri: str) -> None:
        """What was not saved is gone."""
        self._rest.forget(uri)
        self._send(uri)
        path, session = path_of(uri), self._ls.session_if_there
        if path is not None and session is not None:
            # Before the next message is read, which may be a search; the rest waits for what is being parsed.
            session.discard(path)

    def _send(self, uri: str) -> None:
        token = self._newest[uri] = object()
        task = asyncio.get_running_loop().create_task(self._hand_over(uri, token))
        self._sending.add(task)
        task.add_done_callback(self._done)

    async def _hand_over(self, uri: str, token: object) -> None:
        path = path_of(uri)
        if path is not None and not self._ls.shut_down:
            session = await self._ls.session()
            text = self._ls.live_text(uri)
            data = None if text is None else text.encode("utf-8", "replace")

            def edit() -> None:
                if self._newest.get(uri) is token:
                    session.edit(path, data)

            await self._ls.after_edits(edit)
        if self._newest.get(uri) is token:
            del self._newest[uri]

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("An open document could not be made searchable", exc_info=error)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    buffers = Buffers(ls)

    @ls.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:  # pyright: ignore[reportUnusedFunction]
        buffers.touch(params.text_document.uri)

    @ls.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:  # pyright: ignore[reportUnusedFunction]
        buffers.touch(params.text_document.uri)

    @ls.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:  # pyright: ignore[reportUnusedFunction]
        buffers.close(params.text_document.uri)
