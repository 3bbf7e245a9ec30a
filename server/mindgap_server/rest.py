"""Waits until something that keeps changing has come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Waiting:
    latest: float
    timer: asyncio.TimerHandle


class Rest:
    """Calls `act` with a key, on the event loop, when the key was not touched for a moment."""

    def __init__(self, act: Callable[[str], None], quiet: float, longest: float) -> None:
        self._act = act
        self._quiet = quiet
        self._longest = longest
        self._waiting: dict[str, _Waiting] = {}

    def touch(self, key: str) -> None:
        """Something about the key changed."""
        loop = asyncio.get_running_loop()
        now, known = loop.time(), self._waiting.get(key)
        latest = now + self._longest if known is None else known.latest
        if known is not None:
            if known.timer.when() >= latest:
                return
            known.timer.cancel()
        due = min(now + self._quiet, latest)
        self._waiting[key] = _Waiting(latest, loop.call_at(due, self._fire, key))

    def forget(self, key: str) -> None:
        """Do not act on what was touched."""
        if (known := self._waiting.pop(key, None)) is not None:
            known.timer.cancel()

    def _fire(self, key: str) -> None:
        del self._waiting[key]
        self._act(key)
