"""`window/logMessage`: the client reads along what Mindgap logs."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from lsprotocol import types

from mindgap_server.logs import without_secrets
from mindgap_server.options import LevelName
from mindgap_server.server import MindgapServer
from mindgap_server.translate import message_type

OWN_LOGGERS = ("mindgap_server", "mindgap_indexer")
"""Not the root: what pygls logs while it sends a message would become a message."""

_LEVELS: Mapping[LevelName, int] = {
    "off": logging.CRITICAL + 1,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


class ClientLog(logging.Handler):
    """Sends log records to the client."""

    def __init__(self, ls: MindgapServer) -> None:
        super().__init__()
        self._ls = ls

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; from any thread."""
        text = without_secrets(self.format(record))
        params = types.LogMessageParams(message_type(record.levelno), text)
        self._ls.soon(self._ls.window_log_message, params)


def attach(ls: MindgapServer) -> None:
    """Let the client read along, as long as it is there."""
    handler = ClientLog(ls)
    for name in OWN_LOGGERS:
        logging.getLogger(name).addHandler(handler)
        ls.at_end.callback(logging.getLogger(name).removeHandler, handler)


def set_level(level: LevelName) -> None:
    """Log what is at least this severe, to the client and to stderr."""
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(_LEVELS[level])
