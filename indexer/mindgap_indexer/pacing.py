"""When work that can wait may go on: not while the person types or searches, on battery or on a busy machine.

The threads of this process are not given a lower priority: one that holds the interpreter's lock and is not
scheduled would make a search wait. Whoever has to stand back is another process (`crew`), or waits here.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from mindgap_indexer.errors import Cancelled
from mindgap_indexer.types import CancelCheck

QUIET_SECONDS = 0.5
"""So long nothing may have been typed or asked."""
PATIENCE_SECONDS = 2.0
"""Whoever types or asks without end does not stop the work for ever: then one slice in this time is done."""
LOOK_AGAIN = 0.05
BATTERY_SECONDS = 30.0
"""How long an answer about the battery is good for."""
BUSY = 2.0
"""A machine is busy with so many runnable threads a processor; the deep tier itself makes one of them."""
SLICE_SECONDS = 0.08
"""How long a piece of work may take between two looks at the gate."""

GIVE_WAY_SECONDS = 0.02
"""So long a writer waits for searches, once for every few milliseconds of its own work."""


class Gate:
    """Lets background work through piece by piece; safe to use from several threads."""

    def __init__(
        self,
        pause_on_battery: bool = True,
        pause_under_load: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause_on_battery = pause_on_battery
        self._pause_under_load = pause_under_load
        self._clock = clock
        self._last_activity = -QUIET_SECONDS
        self._battery: tuple[float, bool] | None = None

    def note_activity(self) -> None:
        """The person typed or asked something."""
        self._last_activity = self._clock()

    def pass_through(self, cancelled: CancelCheck) -> None:
        """Return when work may go on. Raises Cancelled."""
        started = self._clock()
        while True:
            if cancelled():
                raise Cancelled
            impatient = self._clock() - started > PATIENCE_SECONDS
            if (impatient and not self._on_battery()) or self.reason_to_wait() is None:
                return
            time.sleep(LOOK_AGAIN)

    def reason_to_wait(self) -> str | None:
        """Why work may not go on now, in words; None: it may."""
        if self._clock() - self._last_activity < QUIET_SECONDS:
            return "you are typing or searching"
        if self._on_battery():
            return "the machine runs on battery"
        if self._pause_under_load and load() > BUSY:
            return "the machine is busy with other things"
        return None

    def _on_battery(self) -> bool:
        if not self._pause_on_battery:
            return False
        now = self._clock()
        if self._battery is None or now - self._battery[0] > BATTERY_SECONDS:
            self._battery = now, on_battery()
        return self._battery[1]


class Searches:
    """The searches under way in this process: whoever writes the index steps aside for them.

    Both are Python, of which one thread runs at a time: a search beside a writer takes twice as long, and a
    writer who waits for one takes no longer than the search. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._count = 0
        self._changing = threading.Lock()
        self._none = threading.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Generator[None]:
        """Something that is part of a search."""
        with self._changing:
            self._count += 1
            self._none.clear()
        try:
            yield
        finally:
            with self._changing:
                self._count -= 1
                if not self._count:
                    self._none.set()

    def give_way(self) -> None:
        """Wait until there is none, or a moment: whoever asks without end does not stop the index."""
        if not self._none.is_set():
            self._none.wait(GIVE_WAY_SECONDS)


searches = Searches()


class SliceSize:
    """How many items fit into a slice of time, learnt from how long the last ones took."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.items = min(4, most)

    def took(self, items: int, seconds: float) -> None:
        """Learn from a slice."""
        fitting = int(items * SLICE_SECONDS / max(seconds, 1e-6))
        # Growing slowly: one fast slice does not promise that a slice sixteen times as large is fast.
        self.items = max(1, min(fitting, 2 * self.items, self._most))


def load() -> float:
    """Runnable threads of the whole machine a processor, in the last minute; 0 where nobody can tell."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):
        return 0.0


def on_battery() -> bool:
    """Whether the machine runs on battery; False where nobody can tell."""
    import psutil  # not at the top: a search does without it

    try:
        battery = psutil.sensors_battery()
    except (AttributeError, NotImplementedError, OSError):
        return False
    return battery is not None and not battery.power_plugged
