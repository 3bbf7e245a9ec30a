"""How much memory this process uses, and giving back what it no longer does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import cast


def peak_rss_mb() -> float:
    """Largest resident size of this process so far, in MB (10^6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def give_back_memory() -> None:
    """Return freed memory to the system, where the C library would keep it (glibc)."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    if sys.platform == "linux":
        import ctypes  # not at the top: a search does without it

        return cast("Callable[[int], object]", getattr(ctypes.CDLL(None), "malloc_trim", _nothing))
    return _nothing


def _nothing(_: int) -> None:
    pass
