"""`mindgap/search`: the units of code that answer a query."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mindgap_server.protocol import SEARCH, SearchParams, SearchResponse
from mindgap_server.server import MindgapServer
from mindgap_server.translate import Snippets, path_of, search_response


async def search(ls: MindgapServer, params: SearchParams) -> SearchResponse:
    """Search the open folders, on a query thread that stops when the request is cancelled."""
    session = await ls.session()
    folder, places = ls.folder_path(params.root_uri), _paths(params.uris)
    question = session.question(params, ls.options.search.limit, folder, places)
    documents, codec = ls.open_documents(), ls.codec
    snippets = Snippets(params.snippet_lines, params.snippet_from)

    def work(cancelled: Callable[[], bool]) -> SearchResponse:
        return search_response(session.search(question, documents, cancelled), codec, snippets)

    return await ls.in_background(work)


def _paths(uris: tuple[str, ...] | None) -> tuple[Path, ...] | None:
    """The places that a search is restricted to; what is on no file system holds nothing."""
    return None if uris is None else tuple(path for uri in uris if (path := path_of(uri)) is not None)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.request(SEARCH, SearchParams, search)
