"""What JSON-RPC needs beside pygls: typed params, errors in plain words, and no memory of what is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcRequestCancelled
from pygls.protocol import (
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    default_converter,
    lsp_method,
)

from mindgap_server import crash
from mindgap_server.wire import Json, decode

if TYPE_CHECKING:
    from _collections_abc import dict_items
    from concurrent.futures import Future

    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

T = TypeVar("T")
log = logging.getLogger(__name__)


class RequestFailedError(JsonRpcException):
    """The request was understood and cannot be answered; the message is for the person."""

    CODE = types.LSPErrorCodes.RequestFailed.value
    MESSAGE = "Request failed"


class _Futures(dict["str | int", "Future[Any]"]):
    """What is under way: whoever goes over it may end some of it, which takes it out."""

    def items(self) -> dict_items[str | int, Future[Any]]:
        return dict(self).items()


class ForgettingProtocol(LanguageServerProtocol):
    """That of pygls, which (2.1) keeps what became of every notification: 1.8 kB for a keystroke.

    And whose `shutdown` fails while something is under way, because it is forgotten as it is cancelled.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self._request_futures = _Futures()

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Take a change, of which pygls knows nothing to do when the document was never opened."""
        if unquote(params.text_document.uri) not in self.workspace.text_documents:
            log.warning("%s was changed without having been opened; ignored.", params.text_document.uri)
            return
        yield from super().lsp_text_document__did_change(params)

    def _execute_handler(
        self,
        msg_id: str | int,
        handler: Callable[..., Any],
        callback: Callable[[Future[Any]], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        def forget(future: Future[Any]) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, forget, args, kwargs)


def raw_params_converter() -> Converter:
    """The converter of pygls, except that params and results of own requests stay raw JSON.

    pygls makes objects without types of the params; `params_of` makes what `protocol.py` declares. The
    results are JSON already, but for an LSP type here and there, which pygls converts as it comes by one.
    """
    converter = cast("Callable[[], Converter]", default_converter)()
    converter.register_structure_hook(JsonRPCRequestMessage, lambda raw, cls: cls(**raw))
    converter.register_unstructure_hook(JsonRPCResponseMessage, _plain_response)
    return converter


def _plain_response(message: JsonRPCResponseMessage) -> dict[str, Json]:
    return {"id": message.id, "jsonrpc": message.jsonrpc, "result": message.result}


def params_of(cls: type[T], raw: Json) -> T:
    """Typed params; anything wrong in them is an error of the request. Unknown keys are ignored."""
    decoded = decode(cls, raw)
    if decoded.problems:
        raise JsonRpcInvalidParams("; ".join(str(problem) for problem in decoded.problems))
    return decoded.value


@contextmanager
def plain_errors() -> Generator[None]:
    """Turn what a handler raises into the answer that the client gets."""
    try:
        yield
    except JsonRpcException:
        raise
    except Exception as error:
        # Not at the top: the package draws in numpy, and `initialize` is to be answered at once. Not before
        # the session is there either: two threads that import one package may lock each other out.
        from mindgap_indexer.errors import Cancelled, MindgapError

        if isinstance(error, MindgapError):
            raise RequestFailedError(str(error)) from error
        if isinstance(error, Cancelled):
            raise JsonRpcRequestCancelled("The request was cancelled.") from error
        log.exception("A request failed")
        crash.report_and_say(error, "A request")
        raise
