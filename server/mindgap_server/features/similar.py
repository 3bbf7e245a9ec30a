"""`mindgap/similar`: code like the function at the cursor, or like what is selected."""

from __future__ import annotations

from collections.abc import Callable

from mindgap_server.protocol import SIMILAR, SearchResponse, SimilarParams
from mindgap_server.server import MindgapServer
from mindgap_server.translate import LiveText, Snippets, search_response


async def similar(ls: MindgapServer, params: SimilarParams) -> SearchResponse:
    """Search for what the client points at, on a query thread that stops when the request is cancelled."""
    session = await ls.session()
    path, documents, codec = ls.file_path(params.uri), ls.open_documents(), ls.codec
    limit, snippets = params.limit or ls.options.search.limit, Snippets(params.snippet_lines, "match")

    def work(cancelled: Callable[[], bool]) -> SearchResponse:
        from mindgap_server.session import CodeAt

        live = LiveText(session.text_of(path, documents), codec, on_disk=documents.at(path) is None)
        start, end = live.offset(params.range.start), live.offset(params.range.end)
        code = CodeAt.find(path, live.shown, start, end)
        return search_response(session.similar(code, limit, documents, cancelled), codec, snippets)

    return await ls.in_background(work)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.request(SIMILAR, SimilarParams, similar)
