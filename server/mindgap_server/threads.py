"""How many threads the libraries below may start, how those of the server take turns, where they allocate."""

from __future__ import annotations

import os
import sys

_VARIABLE = "OPENBLAS_NUM_THREADS"
_ARENA_MAX, _ARENAS = -8, 2
"""M_ARENA_MAX of glibc's mallopt."""


def one_for_products() -> None:
    """Let numpy's BLAS use one thread; call it before numpy is imported.

    It would share the small products of a search among all cores, and its threads spin while they wait:
    that doubles a search's processor time and answers no sooner.
    """
    os.environ.setdefault(_VARIABLE, "1")


def take_turns_often() -> None:
    """Let a thread that waits for the interpreter have it after half a millisecond, not after five.

    A search leaves the interpreter at each of its dozens of products and database calls, and may wait each
    time for a thread that answers the client or writes the index to give it back.
    """
    sys.setswitchinterval(0.0005)


def share_memory() -> bool:
    """Let threads allocate from two pools instead of eight a processor; False where there is no such choice.

    What is freed in a pool serves its own threads alone, and a server has a dozen threads.
    """
    import ctypes  # not at the top: commands of the shell do without them
    import platform

    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS))
