"""Questions that were written for units, joined with the units as they were mined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mindgap_training.corpora.readers import read_rows, required_text
from mindgap_training.pairs import Pair

WRITTEN = "written-"
"""How the sources of such pairs begin."""
Questions = Mapping[str, Sequence[tuple[str, str]]]
"""By unit id: kind and text of each question."""


def read_questions(path: Path) -> Questions:
    """The questions of a file of `{unit, kind, query}`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line, row in read_rows(path):
        unit, kind, query = (required_text(path, line, row, name) for name in ("unit", "kind", "query"))
        found.setdefault(unit, []).append((kind, query))
    return found


def ask(pairs: Sequence[Pair], questions: Questions, times: int = 1) -> Iterator[Pair]:
    """A pair for each question about a unit of `pairs`, in the place of what it was mined with.

    Each comes `times` times, and is seen differently each time where training makes views of its pairs.
    """
    for pair in pairs:
        for number, (kind, query) in enumerate(questions.get(pair.id, ())):
            for copy in range(times):
                own = f"{pair.id}#{kind}-{number}" + (f"~{copy}" if copy else "")
                yield replace(pair, id=own, query=query, source=f"{WRITTEN}{kind}")
