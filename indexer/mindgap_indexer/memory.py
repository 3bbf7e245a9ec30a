"""How much memory this process uses, what is done to find garbage, and giving back what is free."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import cache
from typing import cast

TRIM_BYTES = 200_000
FORGET_BYTES = 2_000_000
"""Of source; else names that were typed once would fill what is remembered of words."""

_forgetting: list[Callable[[], object]] = []


def peak_rss_mb() -> float:
    """Largest resident size of this process so far, in MB (10^6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def collect_seldom() -> None:
    """Look for cycles of garbage seldom: a fifteenth of the time of parsing and counting goes there.

    What is made then are trees of values without cycles, and many at once.
    """
    gc.set_threshold(100_000, 20, 50)


def give_back_memory() -> None:
    """Return freed memory to the system, where the C library would keep it (glibc)."""
    _trim()(0)


def forgets(clear: Callable[[], object]) -> None:
    """Call this whenever what is remembered of words is to be forgotten."""
    _forgetting.append(clear)


def forget_words() -> None:
    """Forget what was worked out of words: it would be worked out again the same."""
    for clear in _forgetting:
        clear()


class Trimmer:
    """Gives memory back after so many bytes of source were worked on, since when it last did.

    A server lives for days, and what single saves and keystrokes leave free in pieces adds up as well.
    """

    def __init__(self, every: int = TRIM_BYTES) -> None:
        self._every = every
        self._worked_on = 0
        self._learnt_from = 0

    def note(self, size: int) -> None:
        """So many bytes were worked on."""
        self._worked_on += size
        self._learnt_from += size
        if self._learnt_from > FORGET_BYTES:
            self._learnt_from = 0
            forget_words()
        if self._worked_on > self._every:
            self._worked_on = 0
            give_back_memory()


@cache
def _trim() -> Callable[[int], object]:
    if sys.platform == "linux":
        import ctypes  # not at the top: a search does without it

        return cast("Callable[[int], object]", getattr(ctypes.CDLL(None), "malloc_trim", _nothing))
    return _nothing


def _nothing(_: int) -> None:
    pass
