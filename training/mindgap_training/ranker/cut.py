"""Small versions of code bases for the deep tier, which takes hours to encode all of a large one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.workspace_rules import WorkspaceRules
from mindgap_training.corpora.splits import position
from mindgap_training.errors import TrainingDataError
from mindgap_training.ranker.questions import Question, by_corpus

_STAMPS = ".done"


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of a code base is left."""

    bytes: int = 600_000
    """Of source files, those that hold answers and others by chance …"""
    bytes_of_answers: int = 450_000
    """… so many with answers at most: of questions beyond, none is asked."""
    file_bytes: int = 40_000
    """No longer file is taken by chance."""
    seed: int = 0


def cut_down(questions: Sequence[Question], sources: Path, out: Path, cut: Cut) -> list[Question]:
    """Write small versions of the questions' corpora below `out`; answers the questions that they can answer.

    A version that is there already, of the same questions, is kept. Questions without an answer stay.
    """
    left: list[Question] = []
    for corpus, own in by_corpus(questions).items():
        folder = sources / corpus
        if not folder.is_dir():
            raise TrainingDataError(f"{folder} is missing: the questions over {corpus} need its sources.")
        sizes = {file.path: file.size for file in WorkspaceRules(folder).scan().files}
        chosen, files = _choose(own, sizes, cut)
        left += chosen
        _write(folder, out, corpus, files)
    return left


def _choose(
    questions: Sequence[Question], sizes: Mapping[str, int], cut: Cut
) -> tuple[list[Question], list[str]]:
    chosen: list[Question] = []
    files: dict[str, int] = {}
    for question in sorted(questions, key=lambda q: position(q.text, cut.seed)):
        answering = {a.path: sizes[a.path] for a in question.answers if a.path in sizes}
        if question.answers and not answering:
            continue  # only in files that an index leaves out
        with_these = files | answering
        if sum(with_these.values()) <= cut.bytes_of_answers:
            files = with_these
            chosen.append(question)
    for path in sorted(sizes, key=lambda path: position(path, cut.seed)):
        if sum(files.values()) > cut.bytes:
            break
        if sizes[path] <= cut.file_bytes:
            files.setdefault(path, sizes[path])
    return chosen, sorted(files)


def _write(folder: Path, out: Path, corpus: str, files: Sequence[str]) -> None:
    final, stamp = out / corpus, out / _STAMPS / corpus
    key = short_hash([str(folder.resolve()), *files])
    if final.is_dir() and stamp.is_file() and stamp.read_text("utf-8") == key:
        return
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{corpus}-", dir=out) as unfinished:
        staged = Path(unfinished) / "files"
        for path in files:
            target = staged / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, target)
        if final.exists():
            shutil.rmtree(final)
        os.replace(staged, final)
    stamp.write_text(key, "utf-8")
