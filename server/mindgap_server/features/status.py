"""`mindgap/status` and `mindgap/reindex`: how the indexes are, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Callable

from mindgap_server.protocol import REINDEX, STATUS, ReindexParams, StatusParams, StatusResponse
from mindgap_server.server import MindgapServer
from mindgap_server.translate import status_response


async def status(ls: MindgapServer, params: StatusParams | ReindexParams) -> StatusResponse:
    """Tell how each index is."""
    session = await ls.session()
    folder = ls.folder_path(params.root_uri)

    def work(_: Callable[[], bool]) -> StatusResponse:
        return status_response(session.status(folder))

    return await ls.in_background(work)


async def reindex(ls: MindgapServer, params: ReindexParams) -> StatusResponse:
    """Start to bring indexes up to date; resumes what was paused and retries what failed."""
    session = await ls.session()
    session.reindex(ls.folder_path(params.root_uri))
    return await status(ls, params)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.request(STATUS, StatusParams, status)
    ls.request(REINDEX, ReindexParams, reindex)
