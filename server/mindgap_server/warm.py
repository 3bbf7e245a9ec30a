"""Threads for searches, of which the first does nearly all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WarmFirst(Executor):
    """Gives work to the first thread that is idle.

    A pool of the standard library lets its threads take turns, so that each of them has a database
    connection and caches of its own to warm.
    """

    def __init__(self, size: int, name: str) -> None:
        self._threads = [ThreadPoolExecutor(1, f"{name}-{number}") for number in range(size)]
        self._waiting = [0] * size
        self._changing = threading.Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run this on the first thread that has nothing to do, else on the one that has least."""
        with self._changing:
            number = self._waiting.index(min(self._waiting))
            self._waiting[number] += 1
        try:
            future = self._threads[number].submit(fn, *args, **kwargs)
        except RuntimeError:  # it was shut down
            self._done(number)
            raise
        future.add_done_callback(partial(self._done, number))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work."""
        for thread in self._threads:
            thread.shutdown(wait, cancel_futures=cancel_futures)

    def _done(self, number: int, _: object = None) -> None:
        with self._changing:
            self._waiting[number] -= 1
