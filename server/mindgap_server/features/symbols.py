"""`workspace/symbol`: the same search, for editors that know nothing of Mindgap."""

from __future__ import annotations

from lsprotocol import types

from mindgap_server.features.search import search
from mindgap_server.protocol import SearchParams
from mindgap_server.rpc import plain_errors
from mindgap_server.server import MindgapServer
from mindgap_server.translate import symbols


async def workspace_symbol(
    ls: MindgapServer, params: types.WorkspaceSymbolParams
) -> list[types.SymbolInformation]:
    """Answer with what was meant; an empty query, which asks for everything, gets nothing."""
    session = await ls.session()
    if not params.query.strip() or not session.has_folders:
        return []
    with plain_errors():
        return symbols(await search(ls, SearchParams(params.query)))


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.feature(types.WORKSPACE_SYMBOL)(workspace_symbol)
