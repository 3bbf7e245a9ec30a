"""`mindgap/locate` and `mindgap/comment`: what stands where in the live text."""

from __future__ import annotations

from collections.abc import Callable

from mindgap_server.protocol import (
    COMMENT,
    LOCATE,
    CommentParams,
    CommentResponse,
    LocateParams,
    LocateResponse,
)
from mindgap_server.server import MindgapServer
from mindgap_server.translate import LiveText


async def locate(ls: MindgapServer, params: LocateParams) -> LocateResponse:
    """Find a hit again, however the text has changed since."""
    session = await ls.session()
    path, documents, codec = ls.file_path(params.uri), ls.open_documents(), ls.codec

    def work(_: Callable[[], bool]) -> LocateResponse:
        from mindgap_indexer.errors import WorkspaceError
        from mindgap_indexer.places import unit_again, units_of
        from mindgap_indexer.types import Kind

        try:
            data = session.text_of(path, documents)
        except WorkspaceError:
            return LocateResponse()
        units = units_of(data, str(path))
        unit = unit_again(units, params.qualname, Kind(params.kind), params.line + 1)
        if unit is None:
            return LocateResponse()
        live = LiveText(data, codec, on_disk=documents.at(path) is None)
        name = live.range(unit.name_start_byte, unit.name_end_byte)
        return LocateResponse(live.range(unit.start_byte, unit.end_byte), name)

    return await ls.in_background(work)


async def comment(ls: MindgapServer, params: CommentParams) -> CommentResponse:
    """Read the comment at a place."""
    session = await ls.session()
    path, documents, codec = ls.file_path(params.uri), ls.open_documents(), ls.codec

    def work(_: Callable[[], bool]) -> CommentResponse:
        from mindgap_indexer.errors import WorkspaceError
        from mindgap_indexer.places import comment_at

        try:
            data = session.text_of(path, documents)
        except WorkspaceError:
            return CommentResponse()
        live = LiveText(data, codec, on_disk=documents.at(path) is None)
        found = comment_at(live.shown, str(path), live.offset(params.position))
        if found is None:
            return CommentResponse()
        return CommentResponse(found.text, live.range(found.start_byte, found.end_byte))

    return await ls.in_background(work)


def register(ls: MindgapServer) -> None:
    """Offer the features."""
    ls.request(LOCATE, LocateParams, locate)
    ls.request(COMMENT, CommentParams, comment)
