"""How many threads the libraries below may start, and how those of the server take turns."""

from __future__ import annotations

import os
import sys

_VARIABLE = "OPENBLAS_NUM_THREADS"


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
