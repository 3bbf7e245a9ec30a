"""Makes docs/faults.md, the table of faults with what happens, from the scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults import scenarios
from tests.faults.registry import SCENARIOS, Area, Scenario

assert scenarios.__all__

FILE = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD = """# Faults

What happens when something goes wrong.
Each line is a test over real processes and a real index file.
`make test` runs it (`make nightly` those marked so).
This page is made from the tests (`python -m tests.faults.table`).
"Equals fresh": the test compared the index, row by row and vector by vector, with one that was made anew.
"""


def page(items: Iterable[Scenario]) -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections(list(items))]).rstrip() + "\n"


def _sections(items: list[Scenario]) -> Iterator[str]:
    yield f"{len(items)} faults.\n"
    for area in Area:
        yield f"## {area}\n"
        yield "| when | then | test |"
        yield "|---|---|---|"
        for item in (item for item in items if item.area is area):
            nightly = " (nightly)" if item.nightly else ""
            yield f"| {_cell(item.fault)} | {_cell(item.promise)} | `{item.name}`{nightly} |"
        yield ""


def _cell(text: str) -> str:
    return re.sub(r"([|*_<>\[\]])", r"\\\1", text)


if __name__ == "__main__":
    FILE.write_text(page(SCENARIOS.values()), "utf-8")
