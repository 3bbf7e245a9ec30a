"""The language server itself: its options, its session, its threads. What it can do is in `features`."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.workspace import PositionCodec

from mindgap_server import __version__, logs, protocol
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder
from mindgap_server.options import ReadOptions, ServerOptions, read_options
from mindgap_server.reporter import Reporter
from mindgap_server.rpc import ForgettingProtocol, params_of, plain_errors, raw_params_converter
from mindgap_server.translate import path_of
from mindgap_server.warm import WarmFirst
from mindgap_server.wire import Json, encode

if TYPE_CHECKING:
    from mindgap_server.session import OpenWorkspace, Session

P = TypeVar("P")
T = TypeVar("T")
Handler = Callable[["MindgapServer", P], Awaitable[object]]
log = logging.getLogger(__name__)

QUERY_THREADS = 4


class MindgapServer(LanguageServer):
    """One client's server. Handlers run on the event loop, work on threads.

    Searches have threads of their own and never wait for an index; whatever opens, changes or closes
    workspaces happens in order on one other thread, and what is typed on another again.
    """

    def __init__(self, opener: OpenWorkspace | None = None) -> None:
        # pygls leaves a part of this signature without types.
        start: Callable[..., None] = cast("Any", super()).__init__
        # Whole texts, because pygls takes a form feed, among others, for the end of a line: a change of some
        # lines would then go to the wrong ones.
        full = types.TextDocumentSyncKind.Full
        start(
            "mindgap",
            __version__,
            full,
            protocol_cls=ForgettingProtocol,
            converter_factory=raw_params_converter,
        )
        self.options = ServerOptions()
        self.shut_down = False
        """The client has asked for the end; `exit` is then no failure."""
        self.unread: tuple[str, ...] = ()
        """Where in the params of `initialize` there was something that does not fit the protocol."""
        self.at_end = contextlib.ExitStack()
        """What else has to be undone when the client has gone."""
        self._opener = opener
        self._params = types.InitializeParams(types.ClientCapabilities())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Future[Session] | None = None
        self._clean = True
        self._queries = WarmFirst(QUERY_THREADS, "mindgap-query")
        self._control = ThreadPoolExecutor(1, "mindgap-control")
        self._edits = ThreadPoolExecutor(1, "mindgap-edits")
        self._commands: dict[str, Callable[[Json], Awaitable[Json]]] = {}
        # pygls runs a command as a task of its own, which `$/cancelRequest` does not reach.
        self.replace_builtin(types.WORKSPACE_EXECUTE_COMMAND, self._execute_command)

    def stop_event(self) -> threading.Event:
        """What `shutdown` of pygls sets, to end the loop that reads messages."""
        self._stop_event = threading.Event()
        return self._stop_event

    def end_loop(self) -> None:
        """End the loop that reads messages, and the threads of pygls."""
        cast("Any", self).shutdown()

    # Declaring what the server can do

    def request(self, own: protocol.Request, params_type: type[P], handler: Handler[P]) -> None:
        """Answer one of Mindgap's requests, and the command that does the same."""

        async def answer(raw: Json) -> Json:
            with logs.request(own.method), plain_errors():
                return encode(await handler(self, params_of(params_type, raw)))

        async def run(argument: Json) -> Json:
            return await answer({own.bare: argument} if isinstance(argument, str) else argument)

        self.feature(own.method)(answer)
        self.command(own.command)(run)
        self._commands[own.command] = run

    def replace_builtin(self, method: str, handler: Callable[[Any], object]) -> None:
        """Handle a message in the place of pygls."""
        cast("Any", self.protocol.fm).add_builtin_feature(method, handler)

    async def _execute_command(self, params: types.ExecuteCommandParams) -> Json:
        if params.command not in self._commands:
            raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
        arguments: list[Json] = list(params.arguments or ())
        return await self._commands[params.command](arguments[0] if arguments else {})

    # The session

    def open_session(self, folders: list[Folder], reporter: Reporter) -> None:
        """Start to open the folders; the session is there in a moment."""
        self._session = self._control.submit(self._make_session, folders, self.options, reporter)

    def _make_session(self, folders: list[Folder], options: ServerOptions, reporter: Reporter) -> Session:
        # Not at the top: this takes a good half of a second, and `initialize` is to be answered at once.
        from mindgap_server.session import Session, open_workspace

        return Session(folders, options, reporter, self._opener or open_workspace)

    async def session(self) -> Session:
        """The session, as soon as it is there."""
        if self._session is None:
            raise JsonRpcInvalidParams("The notification `initialized` has not come yet.")
        if self._session.done() and not self._session.cancelled():
            return self._session.result()
        return await asyncio.shield(asyncio.wrap_future(self._session))

    @property
    def session_if_there(self) -> Session | None:
        """The session; None while it is being made, and after the end."""
        made = self._session
        there = made is not None and made.done() and not made.cancelled() and made.exception() is None
        return made.result() if made is not None and there else None

    async def close_session(self) -> None:
        """Stop all work and close the indexes."""
        if self._session is not None:
            session, self._session = await self.session(), None
            self._clean = await self.in_order(session.close)

    def dispose(self) -> bool:
        """Close everything; False if a thread did not end in time."""
        self.at_end.close()
        self._control.shutdown(cancel_futures=True)
        made, self._session = self._session, None
        if made is not None and not made.cancelled() and made.exception() is None:
            self._clean = made.result().close()
        self._edits.shutdown(wait=self._clean, cancel_futures=True)
        self._queries.shutdown(wait=self._clean, cancel_futures=True)
        return self._clean

    def abandon(self) -> None:
        """End the process although the client did not say goodbye: it is gone."""
        self.dispose()
        os._exit(1)

    # Threads

    async def in_background(self, work: Callable[[Callable[[], bool]], T]) -> T:
        """Run this on a query thread; it gets a check that says when the request was cancelled."""
        cancelled = threading.Event()
        try:
            loop = asyncio.get_running_loop()
            # With its context: what the thread logs belongs to the request.
            context = contextvars.copy_context()
            return await loop.run_in_executor(
                self._queries, lambda: context.run(lambda: work(cancelled.is_set))
            )
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def in_order(self, work: Callable[..., T], *arguments: object) -> T:
        """Run this on the control thread, after what was asked before."""
        call = functools.partial(work, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._control, call)

    async def after_edits(self, work: Callable[..., T], *arguments: object) -> T:
        """Run this on the thread of the open buffers, after the edits before: parsing blocks no search."""
        call = functools.partial(work, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._edits, call)

    def soon(self, call: Callable[..., Any], *arguments: object) -> None:
        """Do this on the event loop; the only way to the client from another thread."""
        if self._loop is not None:
            # A closed loop: the client is gone.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call, *arguments)

    # The client

    def greet(self, params: types.InitializeParams) -> None:
        """Note who the client is; called on the event loop that talks to it."""
        self._params, self._loop = params, asyncio.get_running_loop()

    @property
    def initialize_params(self) -> types.InitializeParams:
        """What the client said of itself."""
        return self._params

    async def register_with_client(self, method: str, options: object) -> None:
        """Ask the client to send these notifications."""
        registration = types.Registration(f"mindgap {method}", method, options)
        try:
            await self.client_register_capability_async(types.RegistrationParams([registration]))
        except JsonRpcException as error:
            log.warning("The client does not send %s after all: %s", method, error)

    @property
    def codec(self) -> PositionCodec:
        """Counts characters in the negotiated encoding."""
        return self.workspace.position_codec

    def open_documents(self) -> OpenDocuments:
        """What the editor holds open, frozen now."""
        return OpenDocuments(
            OpenDocument(document.uri, path, document.source)
            for document in self.workspace.text_documents.values()
            if (path := path_of(document.uri)) is not None
        )

    def live_text(self, uri: str) -> str | None:
        """The text of a document that the editor holds open."""
        # pygls knows documents by their URI with `%20` and the like undone.
        document = self.workspace.text_documents.get(unquote(uri))
        return None if document is None else document.source

    def set_options(self, settings: Json = None) -> ReadOptions:
        """Take options as the client sent them; answers what was wrong with them."""
        read = read_options(self._params.initialization_options, settings)
        self.options = read.options
        return read

    def folder_path(self, uri: str | None) -> Path | None:
        """The path of a workspace folder that a request names."""
        return None if uri is None else self._path(uri, "rootUri")

    def file_path(self, uri: str) -> Path:
        """The path of a file that a request names."""
        return self._path(uri, "uri")

    def _path(self, uri: str, name: str) -> Path:
        path = path_of(uri)
        if path is None:
            raise JsonRpcInvalidParams(f"`{name}` must be a file URI, not {uri!r}.")
        return path
