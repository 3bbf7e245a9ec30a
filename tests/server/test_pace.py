from __future__ import annotations

from mindgap_indexer.types import Progress
from mindgap_server.session.pace import Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_says_how_far_and_how_long() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.note(Progress("scan", 0, 0)) == (None, "looking for changed files")
    assert pace.note(Progress("index", 0, 2000)) == (0, "0 of 2,000 files")
    clock.now += 10
    assert pace.note(Progress("index", 500, 2000)) == (25, "500 of 2,000 files, about 30 s left")
    clock.now += 190
    assert pace.note(Progress("index", 1000, 2000)) == (50, "1,000 of 2,000 files, about 3 min left")
    assert pace.note(Progress("index", 2000, 2000)) == (100, "2,000 of 2,000 files")


def test_reports_a_few_times_a_second_and_never_skips_the_end() -> None:
    clock = Clock()
    pace = Pace(clock)
    reported = 0
    for done in range(101):
        reported += pace.note(Progress("deep", done, 100)) is not None
        clock.now += 0.01
    assert reported == 6
    assert pace.note(Progress("deep", 100, 100)) == (100, "100 of 100 units")
