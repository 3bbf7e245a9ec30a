from __future__ import annotations

import pytest

from mindgap_indexer import pacing
from mindgap_indexer.errors import Cancelled
from mindgap_indexer.pacing import PATIENCE_SECONDS, QUIET_SECONDS, SLICE_SECONDS, Gate, SliceSize


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_waits_until_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    gate = Gate(pause_on_battery=False, clock=clock)
    assert gate.reason_to_wait() is None
    gate.note_activity()
    assert gate.reason_to_wait() == "you are typing or searching"

    def pass_time(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr("mindgap_indexer.pacing.time.sleep", pass_time)
    gate.pass_through(lambda: False)
    assert clock.now >= 100 + QUIET_SECONDS


def test_somebody_who_never_rests_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    gate = Gate(pause_on_battery=False, clock=clock)

    def keep_typing(seconds: float) -> None:
        clock.now += seconds
        gate.note_activity()

    gate.note_activity()
    monkeypatch.setattr("mindgap_indexer.pacing.time.sleep", keep_typing)
    gate.pass_through(lambda: False)
    assert gate.reason_to_wait() is not None
    assert clock.now == pytest.approx(100 + PATIENCE_SECONDS, abs=0.2)


def test_work_waits_on_battery_unless_it_may_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, unplugged = Clock(), [True]
    monkeypatch.setattr(pacing, "on_battery", lambda: unplugged[0])
    gate = Gate(clock=clock)
    assert gate.reason_to_wait() == "the machine runs on battery"
    assert Gate(pause_on_battery=False, clock=clock).reason_to_wait() is None
    unplugged[0] = False
    clock.now += pacing.BATTERY_SECONDS + 1
    assert gate.reason_to_wait() is None


def test_whoever_cancels_need_not_wait() -> None:
    gate = Gate()
    gate.note_activity()
    with pytest.raises(Cancelled):
        gate.pass_through(lambda: True)


def test_slices_become_as_large_as_time_allows() -> None:
    size = SliceSize(64)
    assert size.items == 4
    for _ in range(10):
        size.took(size.items, size.items * SLICE_SECONDS / 20)
    assert size.items == 20
    size.took(20, 20 * SLICE_SECONDS)
    assert size.items == 1
    for _ in range(10):
        size.took(size.items, 1e-9)
    assert size.items == 64
