"""`mindgap/search`: the units of code that answer a query."""

from __future__ import annotations

from collections.abc import Callable

from mindgap_server.protocol import SEARCH, SearchParams, SearchResponse
from mindgap_server.server import MindgapServer
from mindgap_server.translate import search_response


async def search(ls: MindgapServer, params: SearchParams) -> SearchResponse:
    """Search the open folders, on a query thread that stops when the request is cancelled."""
    session = await ls.session()
    question = session.question(params, ls.options.search.limit, ls.folder_path(params.root_uri))
    documents, codec = ls.open_documents(), ls.codec

    def work(cancelled: Callable[[], bool]) -> SearchResponse:
        return search_response(session.search(question, documents, cancelled), codec, params.snippet_lines)

    return await ls.in_background(work)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.request(SEARCH, SearchParams, search)
