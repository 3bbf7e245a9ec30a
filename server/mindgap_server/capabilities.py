"""What the server says of itself in its answer to `initialize`, as JSON.

Spelt out, so that the answer needs none of the features: a test keeps it equal to what pygls makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from mindgap_server import __version__
from mindgap_server.framing import Json

COMMANDS = (
    "mindgap.search",
    "mindgap.similar",
    "mindgap.locate",
    "mindgap.comment",
    "mindgap.status",
    "mindgap.reindex",
    "mindgap.pause",
    "mindgap.purge",
    "mindgap.report",
)
_ENCODINGS = ("utf-8", "utf-16", "utf-32")
_WHOLE_TEXTS = 1


def initialize_result(client: Mapping[str, Json]) -> Json:
    """The answer to a client with these capabilities."""
    capabilities = {
        "positionEncoding": _position_encoding(client),
        "textDocumentSync": {"openClose": True, "change": _WHOLE_TEXTS, "save": True},
        "workspaceSymbolProvider": {"resolveProvider": False},
        "executeCommandProvider": {"commands": list(COMMANDS)},
        "workspace": {
            "workspaceFolders": {"supported": True, "changeNotifications": True},
            "fileOperations": {},
        },
    }
    return {"capabilities": capabilities, "serverInfo": {"name": "mindgap", "version": __version__}}


def _position_encoding(client: Mapping[str, Json]) -> str:
    """The first one of the client's that is known here."""
    general = client.get("general")
    wanted = cast("dict[str, Json]", general).get("positionEncodings") if isinstance(general, dict) else None
    names = cast("Sequence[Json]", wanted) if isinstance(wanted, list) else ()
    return next((name for name in names if name in _ENCODINGS), "utf-16")
