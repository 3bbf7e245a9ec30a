"""The dev split: real repositories, questions about files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.corpora import bench_folder, fetched
from benchmarks.quality.judging import by_files
from benchmarks.quality.types import Answered, Collection, Figures, Gold, Places, Question, Target


class Dev:
    """Macro NDCG@10 over the repositories of the dev split."""

    name = "dev"
    title = "24 repositories, files"
    macro = "collection"
    targets = (Target("ndcg@10", instant=0.87, deep=0.89), Target("ndcg@10 of 10 hits"))

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per repository. Raises SkippedError."""
        folder = bench_folder(places, "dev")
        target = places.cache / "corpora" / "dev"
        for corpus in fetched(folder / "corpora.json", folder / "get_corpora.py", target):
            questions = _questions(corpus.name, folder / "annotations" / f"{corpus.name}.json")
            yield Collection(corpus.name, corpus.language, corpus.indexed, questions, corpus.prefix)

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """NDCG@10 over distinct files."""
        return by_files(question, answered, prefix)


def _questions(name: str, annotations: Path) -> Sequence[Question]:
    rows: list[dict[str, Any]] = json.loads(annotations.read_text(encoding="utf-8"))
    questions: list[Question] = []
    for number, row in enumerate(rows):
        golds = tuple(_gold(label) for label in [*row["relevant"], *row.get("secondary", [])])
        if golds:
            questions.append(Question(f"{name}-{number}", row["query"], row.get("category", "-"), golds))
    return questions


def _gold(label: str | dict[str, str]) -> Gold:
    return Gold(label if isinstance(label, str) else label["path"])
