"""Changes of files that the client saw; they go the same way as those that the system reports."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from mindgap_server.server import MindgapServer
from mindgap_server.translate import path_of


async def did_change_watched_files(ls: MindgapServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Take note of what changed on disk."""
    await _notify(ls, (change.uri for change in params.changes))


async def did_save(ls: MindgapServer, params: types.DidSaveTextDocumentParams) -> None:
    """Take note of a saved document."""
    await _notify(ls, [params.text_document.uri])


async def _notify(ls: MindgapServer, uris: Iterable[str]) -> None:
    session = await ls.session()
    paths = [path for uri in uris if (path := path_of(uri)) is not None]
    await ls.in_background(lambda _: session.notify(paths))


async def watch_through_client(ls: MindgapServer) -> None:
    """Ask the client to report changes: in remote and virtual file systems it may see more."""
    workspace = ls.client_capabilities.workspace
    able = workspace.did_change_watched_files if workspace else None
    if able and able.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        await ls.register_with_client(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(did_change_watched_files)
    ls.feature(types.TEXT_DOCUMENT_DID_SAVE)(did_save)
