"""How many threads the libraries below may start."""

from __future__ import annotations

import os

_VARIABLE = "OPENBLAS_NUM_THREADS"


def one_for_products() -> None:
    """Let numpy's BLAS use one thread; call it before numpy is imported.

    It would share the small products of a search among all cores, and its threads spin while they wait:
    that doubles a search's processor time and answers no sooner.
    """
    os.environ.setdefault(_VARIABLE, "1")
