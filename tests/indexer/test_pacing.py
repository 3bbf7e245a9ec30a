from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from mindgap_indexer import pacing
from mindgap_indexer.errors import Cancelled
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.pacing import PATIENCE_SECONDS, QUIET_SECONDS, SLICE_SECONDS, Gate, Searches, SliceSize
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import hash_model


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_waits_until_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    gate = Gate(pause_on_battery=False, pause_under_load=False, clock=clock)
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
    gate = Gate(pause_on_battery=False, pause_under_load=False, clock=clock)

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
    gate = Gate(pause_under_load=False, clock=clock)
    assert gate.reason_to_wait() == "the machine runs on battery"
    assert Gate(pause_on_battery=False, pause_under_load=False, clock=clock).reason_to_wait() is None
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


def test_work_waits_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, now = Clock(), [pacing.BUSY + 0.1]
    monkeypatch.setattr(pacing, "load", lambda: now[0])
    gate = Gate(pause_on_battery=False, clock=clock)
    assert gate.reason_to_wait() == "the machine is busy with other things"
    assert Gate(pause_on_battery=False, pause_under_load=False, clock=clock).reason_to_wait() is None
    now[0] = pacing.BUSY
    assert gate.reason_to_wait() is None


def test_a_load_is_of_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr("os.getloadavg", lambda: (6.0, 1.0, 1.0), raising=False)
    assert pacing.load() == 1.5
    monkeypatch.delattr("os.getloadavg")
    assert pacing.load() == 0.0


@pytest.mark.parametrize(("megabytes", "workers"), [(650, 3), (649, 2), (100, 1), (10_000, 8)])
def test_memory_bounds_the_workers(megabytes: int, workers: int) -> None:
    assert IndexOptions(workers=8, max_memory_mb=megabytes).worker_count == workers
    # A server that has it done by others needs memory itself.
    assert IndexOptions(workers=8, max_memory_mb=megabytes + 200).worker_count_apart == workers


def test_a_writer_waits_for_the_searches_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "GIVE_WAY_SECONDS", 30.0)
    searches, order = Searches(), list[str]()
    searches.give_way()  # there is none

    def write() -> None:
        searches.give_way()
        order.append("written")

    with searches.one():
        writer = threading.Thread(target=write)
        writer.start()
        with searches.one():
            writer.join(0.05)
        writer.join(0.05)
        order.append("answered")
    writer.join()
    assert order == ["answered", "written"]


def test_searches_without_end_do_not_stop_a_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "GIVE_WAY_SECONDS", 0.01)
    searches = Searches()
    with searches.one():
        writer = threading.Thread(target=searches.give_way, daemon=True)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()


def test_every_search_counts(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    class Counting(Searches):
        @contextmanager
        def one(self) -> Generator[None]:
            counted.append("one")
            with super().one():
                yield

    for module in ("workspace", "together"):
        monkeypatch.setattr(f"mindgap_indexer.{module}.searches", Counting())
    with Workspace.open(
        write_tree({"a.py": "def alpha():\n    return 1\n"}), model=hash_model()
    ) as workspace:
        workspace.index()
        workspace.search("alpha")
    assert counted == ["one", "one"]
