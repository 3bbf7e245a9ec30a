"""How the indexes are, and what a person can do to them: update, pause, delete, look at what is left out."""

from __future__ import annotations

from collections.abc import Callable

from mindgap_server.protocol import (
    PAUSE,
    PURGE,
    REINDEX,
    REPORT,
    STATUS,
    PauseParams,
    PurgeParams,
    ReindexParams,
    ReportParams,
    ReportResponse,
    StatusParams,
    StatusResponse,
)
from mindgap_server.server import MindgapServer
from mindgap_server.translate import report_response, status_response


async def status(
    ls: MindgapServer, params: StatusParams | ReindexParams | PauseParams | PurgeParams
) -> StatusResponse:
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


async def pause(ls: MindgapServer, params: PauseParams) -> StatusResponse:
    """Stop indexing until the next reindex."""
    session = await ls.session()
    session.pause(ls.folder_path(params.root_uri))
    return await status(ls, params)


async def purge(ls: MindgapServer, params: PurgeParams) -> StatusResponse:
    """Delete indexes."""
    session = await ls.session()
    session.purge(ls.folder_path(params.root_uri), rebuild=params.rebuild)
    return await status(ls, params)


async def report(ls: MindgapServer, params: ReportParams) -> ReportResponse:
    """Tell what each index holds and what it leaves out."""
    session = await ls.session()
    folder = ls.folder_path(params.root_uri)

    def work(cancelled: Callable[[], bool]) -> ReportResponse:
        return report_response(session.skipped(folder, cancelled))

    return await ls.in_background(work)


def register(ls: MindgapServer) -> None:
    """Offer the features."""
    ls.request(STATUS, StatusParams, status)
    ls.request(REINDEX, ReindexParams, reindex)
    ls.request(PAUSE, PauseParams, pause)
    ls.request(PURGE, PurgeParams, purge)
    ls.request(REPORT, ReportParams, report)
