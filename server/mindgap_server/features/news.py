"""`mindgap/statusChanged`: tells a client that wants to know whenever the standing of an index changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

from mindgap_server.features.status import status
from mindgap_server.protocol import STATUS_CHANGED, StatusParams
from mindgap_server.server import MindgapServer
from mindgap_server.wire import Json, encode

INTERVAL = 0.2
"""Seconds in which changes are gathered: an indexing run reports every batch."""


class StatusNews:
    """Sends one message for many changes. Its state belongs to the event loop."""

    def __init__(self, ls: MindgapServer) -> None:
        self._ls = ls
        self._wanted = _wants_news(ls.client_capabilities.experimental)
        self._sending: asyncio.Task[None] | None = None
        self._again = False

    def note(self) -> None:
        """Something changed; called on the event loop."""
        if not self._wanted or self._ls.shut_down:
            return
        if self._sending is not None and not self._sending.done():
            self._again = True
        else:
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        self._again = True
        while self._again and not self._ls.shut_down:
            await asyncio.sleep(INTERVAL)
            self._again = False
            response = await status(self._ls, StatusParams())
            self._ls.protocol.notify(STATUS_CHANGED, encode(response))


def _wants_news(experimental: Json) -> bool:
    own = _member(experimental, "mindgap")
    return _member(own, "statusChanged") is True


def _member(value: Json, name: str) -> Json:
    if isinstance(value, Mapping):
        return cast("Mapping[str, Json]", value).get(name)
    return getattr(value, name, None)
