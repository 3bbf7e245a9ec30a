"""Every fault ends as promised: an index that equals a fresh one, or a message that says what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults import scenarios
from tests.faults.lab import Lab
from tests.faults.registry import SCENARIOS, Scenario

assert scenarios.__all__

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="kills, forks and takes rights away as Linux does"
)


def _case(item: Scenario) -> object:
    return pytest.param(item, id=item.name, marks=[pytest.mark.nightly] if item.nightly else [])


@pytest.mark.parametrize("item", [_case(item) for item in SCENARIOS.values()])
def test_fault(item: Scenario, tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    with lab.closing:
        item.run(lab)


def test_there_are_enough() -> None:
    assert sum(not item.nightly for item in SCENARIOS.values()) >= 60
