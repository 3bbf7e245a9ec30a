"""Workspace folders: those that are open at the start, and those that come and go."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from mindgap_server.folders import Folder
from mindgap_server.server import MindgapServer
from mindgap_server.translate import path_of, uri_of

log = logging.getLogger(__name__)


def first_folders(params: types.InitializeParams) -> list[Folder]:
    """The folders that a client opens at the start; none for a single file."""
    if params.workspace_folders is not None:
        return _local(params.workspace_folders)
    uri = params.root_uri or (uri_of(Path(params.root_path).absolute()) if params.root_path else None)
    return _local([types.WorkspaceFolder(uri, name="")]) if uri else []


async def did_change_workspace_folders(
    ls: MindgapServer, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    """Open and close folders."""
    session = await ls.session()
    added, removed = _local(params.event.added), _local(params.event.removed)
    await ls.in_order(session.change_folders, added, removed)


def _local(folders: Iterable[types.WorkspaceFolder]) -> list[Folder]:
    """The folders on this machine."""
    local: list[Folder] = []
    for folder in folders:
        path = path_of(folder.uri)
        if path is None:
            log.warning("%s is not on this machine's file system; it is not indexed.", folder.uri)
        else:
            local.append(Folder(path, folder.uri, folder.name or path.name))
    return local


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)
