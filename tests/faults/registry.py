"""The list of faults: what is done to Mindgap, and what it promises then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.lab import Lab

Run = Callable[["Lab"], None]


class Area(StrEnum):
    """The groups of the table."""

    KILL = "A process is killed"
    DISK = "The disk gives out"
    DAMAGE = "Files of Mindgap are damaged"
    WORKSPACE = "The workspace misbehaves"
    WATCH = "Events are late, lost or too many"
    PROCESSES = "Several processes at once"
    CLIENT = "The client misbehaves"
    CODE = "Mindgap itself fails"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault."""

    name: str
    area: Area
    fault: str
    """What happens, as a phrase."""
    promise: str
    """What Mindgap does then, as a phrase."""
    run: Run
    nightly: bool = False
    """Too slow for every run."""


SCENARIOS: dict[str, Scenario] = {}
"""By name, in the order of the table; filled when `tests.faults.scenarios` is imported."""


def scenario(area: Area, fault: str, promise: str, *, nightly: bool = False) -> Callable[[Run], Run]:
    """Declare a function to be the test of a fault."""

    def declare(run: Run) -> Run:
        add(Scenario(re.sub(r"\W+", "_", run.__name__), area, fault, promise, run, nightly))
        return run

    return declare


def add(item: Scenario) -> None:
    """Add a scenario; each name and each fault is there once."""
    if item.name in SCENARIOS or any(item.fault == other.fault for other in SCENARIOS.values()):
        raise ValueError(f"{item.name} is declared twice")
    SCENARIOS[item.name] = item
