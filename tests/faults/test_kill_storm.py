"""SIGKILL at moments drawn at random, over indexing, updates and servers: nothing is lost."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.faults import child
from tests.faults.child import At
from tests.faults.lab import FILES, Lab, module

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills and forks as Linux does")

DATABASE = "mindgap_indexer.store.database:Database"
LOOK_EVERY = 25
"""Kills between two comparisons with a fresh index."""


class Storm:
    """Changes files, starts something that follows, kills it."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self._lab = lab
        self._random = random.Random(seed)
        self._ways = (self._at_a_statement, self._at_a_statement, self._at_a_time, self._a_server)

    def strike(self) -> bool:
        """One round; True if something was killed before its end."""
        changed = self._change_files()
        return self._random.choices(self._ways, (5, 5, 5, 1))[0](changed)

    def _change_files(self) -> tuple[str, ...]:
        """Versions come back, as they do when branches are switched; files come and go."""
        numbers = self._random.sample(range(2 * FILES), 6)
        names = tuple(f"group{number % 3}/module_{number}.py" for number in numbers)
        for name, number in zip(names, numbers, strict=True):
            if self._random.random() < 0.2:
                (self._lab.root / name).unlink(missing_ok=True)
            else:
                self._lab.write(name, module(number, self._random.randrange(5)))
        return names

    def _at_a_statement(self, changed: tuple[str, ...]) -> bool:
        """Before or after one of the statements that a run or an update sends to the database."""
        method = self._random.choice(("run", "run_many", "insert", "rows"))
        moment = At(
            f"{DATABASE}.{method}", call=self._random.randint(1, 40), after=self._random.random() < 0.5
        )
        whole = self._random.random() < 0.5
        work, arguments = (child.index, ()) if whole else (child.update, (changed,))
        run = self._lab.start(work, *arguments, moments=(moment,))
        code = run.wait()
        assert code in (0, -9), run.said
        return code == -9

    def _at_a_time(self, _: tuple[str, ...]) -> bool:
        run = self._lab.start(child.index)
        killed = run.kill_after(self._random.uniform(0.02, 0.4))
        assert killed or run.ok()
        return killed

    def _a_server(self, _: tuple[str, ...]) -> bool:
        """While it follows changes."""
        server = self._lab.server()
        self._change_files()
        server.process.join(self._random.uniform(0.0, 1.0))
        server.process.kill()
        return server.wait() == -9


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.nightly)])
def test_kills_lose_nothing(kills: int, tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    with lab.closing:
        storm = Storm(lab, seed=kills)
        killed = 0
        while killed < kills:
            killed += storm.strike()
            if killed % LOOK_EVERY == LOOK_EVERY - 1:
                lab.index()
                lab.equals_fresh()
        lab.index()
        lab.equals_fresh()
