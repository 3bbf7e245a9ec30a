"""Hand-written questions about functions; two sets of them in one format."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.corpora import bench_folder, fetched
from benchmarks.quality.judging import ON_ABSENT, ON_ANSWERABLE, by_function
from benchmarks.quality.types import (
    Answered,
    Collection,
    Figures,
    Gold,
    Places,
    Question,
    SkippedError,
    Target,
)

_OWN = Path(__file__).parents[1] / "handwritten"
_WORDS = ("nl", "pseudocode")


@dataclass(frozen=True, slots=True)
class Handmade:
    """Recall of the function that the author of the question had in mind."""

    name: str
    title: str
    own: bool = False
    """The set that lies in this package; else the one of the bench data."""
    macro: str = ""
    targets: Sequence[Target] = (
        Target("recall@5", _WORDS, instant=0.60, deep=0.68),
        Target("recall@1", ("symbol",), instant=0.80, deep=0.80),
        Target("recall@5", ("nl",)),
        Target("recall@5", ("pseudocode",)),
        Target("mrr", _WORDS),
        Target(ON_ABSENT),
        Target(ON_ANSWERABLE),
    )

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per code base. Raises SkippedError."""
        folder = _OWN if self.own else bench_folder(places, "handmade")
        if not (folder / "queries.jsonl").is_file():
            raise SkippedError(f"There is no file {folder / 'queries.jsonl'}.")
        questions = _questions(folder / "queries.jsonl")
        script = bench_folder(places, "dev") / "get_corpora.py"
        for corpus in fetched(folder / "corpora.json", script, places.cache / "corpora" / self.name):
            asked = questions.get(corpus.name, ())
            yield Collection(corpus.name, corpus.language, corpus.indexed, asked, corpus.prefix)

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Ranks of the function; for what the code base lacks, whether the answer abstains."""
        return by_function(question, answered, prefix)


def _questions(file: Path) -> Mapping[str, Sequence[Question]]:
    by_corpus: dict[str, list[Question]] = defaultdict(list)
    for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        golds = tuple(_gold(gold) for gold in row.get("gold", ()))
        by_corpus[row["corpus"]].append(Question(row["id"], row["query"], row["kind"], golds))
    return by_corpus


def _gold(row: Mapping[str, Any]) -> Gold:
    start = row["start_line"]
    return Gold(
        path=row["path"],
        name=row["name"],
        start_line=start,
        first_line=row.get("first_line", start),
        end_line=row.get("end_line", start),
        overload_lines=tuple(row.get("overload_lines", ())),
    )
