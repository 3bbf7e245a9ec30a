"""Measuring a model as its user meets it: every step is a command of the shell.

`mindgap train projection`, `mindgap train export`, `mindgap index --deep`, `mindgap search --queries`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from mindgap_indexer.languages.table import by_name
from mindgap_training.corpora.readers import write_pairs
from mindgap_training.errors import TrainingError
from mindgap_training.experiments.manifest import CellSettings
from mindgap_training.metrics import Float64
from mindgap_training.pairs import Pair
from mindgap_training.retrieval import RetrievalSet

DEPTH = 50
"""Hits looked at; a right answer further down counts as not found."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What the command answered."""

    fingerprint: str
    """Of the deep model that the index names."""
    units_encoded: int
    """By `mindgap index --deep`."""
    reciprocal_ranks: Float64
    """(q,); 0 where no right answer was among the hits."""


def search_with_base(task: RetrievalSet, settings: CellSettings, folder: Path) -> Searched:
    """Ask the set's questions with the base alone as deep model."""
    return _search(task, settings.base, folder)


def search_with_projection(task: RetrievalSet, settings: CellSettings, folder: Path) -> Searched:
    """Train a projection, export it, and ask with it."""
    pairs = folder / "pairs.jsonl"
    write_pairs(pairs, [*task.train[: settings.train_pairs or None], *_as_pairs(task)])
    changes = {"heads": asdict(settings.heads), "loop": asdict(settings.loop)}
    options = [part for change in _assignments(changes) for part in ("--set", change)]
    options += ["--base", settings.base, "--seed", str(settings.loop.seed), "--out", str(folder / "run")]
    _mindgap("train", "projection", str(pairs), *options)
    _mindgap("train", "export", str(folder / "run"), str(folder / "model"))
    return _search(task, str(folder / "model"), folder)


def _search(task: RetrievalSet, model: str, folder: Path) -> Searched:
    files = _write_answers(folder / "answers", task)
    # An index of its own; base vectors and downloads stay where they are.
    home = {"MINDGAP_HOME": str(folder / "home")}
    root = ["--root", str(folder / "answers")]
    deep = ["--deep-model", model]
    indexed = json.loads(_mindgap("index", *root, "--deep", *deep, "--json", env=home))
    status = json.loads(_mindgap("status", *root, "--json", env=home))
    questions = folder / "questions.jsonl"
    lines = (json.dumps({"id": str(i), "query": query}) for i, query in enumerate(task.queries))
    questions.write_text("\n".join(lines) + "\n", "utf-8")
    asking = ["--tier", "deep", "--limit", str(DEPTH), "--queries", str(questions)]
    answered = _mindgap("search", *root, *deep, *asking, env=home).splitlines()
    ranks = [
        _reciprocal_rank(json.loads(line), {files[place] for place in right})
        for line, right in zip(answered, task.relevant, strict=True)
    ]
    return Searched(status["deep_encoder"], indexed["deep_units_encoded"], np.array(ranks))


def _as_pairs(task: RetrievalSet) -> Iterator[Pair]:
    """The set's questions with their own answers."""
    for number, (query, right) in enumerate(zip(task.queries, task.relevant, strict=True)):
        answer = task.documents[right[0]]
        yield Pair(f"dev-{number}", query, answer.text, answer.language, split="dev", source=task.name)


def _assignments(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Nested settings as `--set` takes them: `loop.steps=500`."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _assignments(cast("Mapping[str, Any]", value), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={json.dumps(value)}"


def _write_answers(folder: Path, task: RetrievalSet) -> list[str]:
    """One file for each answer; their names, which say nothing of what is inside."""
    folder.mkdir(exist_ok=True)
    names: list[str] = []
    for number, document in enumerate(task.documents):
        name = f"a{number:05}{by_name(document.language).extensions[0]}"
        (folder / name).write_text(document.text + "\n", "utf-8")
        names.append(name)
    return names


def _reciprocal_rank(answer: Mapping[str, Any], right: set[str]) -> float:
    # A file may hold several units: it stands where the first of them does.
    paths = dict.fromkeys(hit["path"] for hit in answer.get("hits", ()))
    return max((1 / place for place, path in enumerate(paths, 1) if path in right), default=0.0)


def _mindgap(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What the command writes to its standard output."""
    beside = Path(sys.executable).with_name("mindgap")
    program = str(beside) if beside.is_file() else shutil.which("mindgap")
    if program is None:
        raise TrainingError("The command mindgap is not there. Install Mindgap into this Python.")
    done = subprocess.run(
        [program, *arguments],
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise TrainingError(f"mindgap {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
