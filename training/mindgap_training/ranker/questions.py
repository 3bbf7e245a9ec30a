"""Questions over source trees, with the units that answer them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mindgap_indexer.ranking import Candidate
from mindgap_training.corpora.readers import Row, read_rows, required_text
from mindgap_training.errors import TrainingDataError

_LAST = re.compile(r"::|->|[.#]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A unit that answers, by its place in the corpus."""

    path: str
    name: str
    start_line: int
    end_line: int

    def is_at(self, candidate: Candidate, start_line: int) -> bool:
        """Whether a candidate that begins at a line is this unit."""
        if candidate.path != self.path or _last(candidate.name) != _last(self.name):
            return False
        return start_line <= self.end_line and self.start_line <= start_line + candidate.lines - 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question over one corpus; without answers, nothing in it fits."""

    corpus: str
    kind: str
    """`nl`, `topic`, `pseudocode`, `nameless`, `symbol` or `absent`."""
    text: str
    answers: tuple[Answer, ...]


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON lines file: {corpus, kind, query, gold: [{path, name, start_line, …}]}."""
    return [
        Question(
            required_text(path, line, row, "corpus"),
            required_text(path, line, row, "kind"),
            required_text(path, line, row, "query"),
            tuple(_answer(path, line, gold) for gold in _golds(row)),
        )
        for line, row in read_rows(path)
    ]


def by_corpus(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """The questions of each corpus, the corpora by name."""
    found: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        found[question.corpus].append(question)
    return dict(sorted(found.items()))


def _golds(row: Row) -> Sequence[Mapping[str, object]]:
    golds = row.get("gold")
    return cast("list[Mapping[str, object]]", golds) if isinstance(golds, list) else []


def _answer(path: Path, line: int, gold: Mapping[str, object]) -> Answer:
    first, last = gold.get("first_line", gold.get("start_line")), gold.get("end_line")
    if not (isinstance(first, int) and isinstance(last, int)):
        raise TrainingDataError(f"{path}:{line}: an answer has no start_line and end_line.")
    return Answer(str(gold.get("path")), str(gold.get("name")), first, last)


def _last(name: str) -> str:
    return _LAST.split(name)[-1] or name
