"""Check the hand-written questions: `python -m benchmarks.quality.handwritten.check [FOLDER]`.

Without a folder the form of the files is checked; with the folder of the fetched code bases also
that every right answer stands at its lines. `--questions PLACE` checks the set in another place.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

HERE = Path(__file__).parent
KINDS = ("nl", "topic", "pseudocode", "symbol", "absent")
IN_OWN_WORDS = ("nl", "pseudocode")
SHARED_WORDS = 1
"""Words that a question in the asker's own words may have in common with the name of an answer."""
PSEUDOCODE_LINES = range(2, 8)
_ENDINGS = ("ing", "ers", "ed", "es", "er", "s", "e", "y")
_STEM = 3
_IN_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def read_questions(folder: Path = HERE) -> list[Row]:
    """The questions, in the order of the file."""
    return [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]


def read_corpora(folder: Path = HERE) -> list[Row]:
    """The code bases that the questions are about."""
    corpora: list[Row] = json.loads((folder / "corpora.json").read_text(encoding="utf-8"))
    return corpora


def problems_of_form(questions: Sequence[Row], corpora: Sequence[Row]) -> Iterator[str]:
    """What is wrong with the files themselves."""
    languages = {corpus["name"]: corpus["language"] for corpus in corpora}
    seen: set[str] = set()
    asked: set[tuple[str, str]] = set()
    for question in questions:
        name = question["id"]
        if name in seen or (question["corpus"], question["query"]) in asked:
            yield f"{name}: asked twice"
        seen.add(name)
        asked.add((question["corpus"], question["query"]))
        if languages.get(question["corpus"]) != question["language"]:
            yield f"{name}: no code base {question['corpus']} in {question['language']}"
        yield from (f"{name}: {problem}" for problem in _problems_of_question(question))
    for corpus in sorted(languages.keys() - {question["corpus"] for question in questions}):
        yield f"{corpus}: nobody asks about it"


def _problems_of_question(question: Row) -> Iterator[str]:
    kind, text, golds = question["kind"], question["query"], question["gold"]
    if kind not in KINDS:
        yield f"unknown kind {kind}"
    if (kind == "absent") == bool(golds):
        yield "only a question about something absent has no answer, and it has none"
    lines = len(text.splitlines())
    if lines not in (PSEUDOCODE_LINES if kind == "pseudocode" else (1,)):
        yield f"{lines} lines"
    if kind == "topic" and not {gold["path"] for gold in golds} <= set(question["files"]):
        yield "a file of an answer is not among the files"
    for gold in golds:
        if not 1 <= gold["first_line"] <= gold["start_line"] <= gold["end_line"]:
            yield f"lines of {gold['name']} in disorder"
        shared = shared_words(text, gold["name"])
        if kind in IN_OWN_WORDS and len(shared) > SHARED_WORDS:
            yield f"gives away {gold['name']}: {', '.join(sorted(shared))}"


def shared_words(text: str, name: str) -> set[str]:
    """Words of the name that the text uses, whatever their endings."""
    used = {_stem(word) for word in re.findall("[a-z]+", text.lower())}
    return {word for word in map(str.lower, _IN_NAME.findall(name)) if _stem(word) in used}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word


def problems_of_place(questions: Sequence[Row], folder: Path) -> Iterator[str]:
    """Right answers that do not stand where the question says, in code bases fetched into the folder."""
    for question in questions:
        for gold in question["gold"]:
            file = folder / question["corpus"] / gold["path"]
            problem = _problem_of_gold(gold, file) if file.is_file() else "no such file"
            if problem:
                yield f"{question['id']}: {gold['path']}: {problem}"


def _problem_of_gold(gold: Row, file: Path) -> str:
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    name: str = gold["name"]
    start: int = gold["start_line"]
    end: int = gold["end_line"]
    if end > len(lines) or not lines[end - 1].strip():
        return f"{name} does not end in line {end}"
    if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lines[start - 1]):
        return f"{name} does not begin in line {start}"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Print what is wrong. 1 if anything is."""
    parser = argparse.ArgumentParser(description="Check the hand-written questions.")
    parser.add_argument("folder", nargs="?", type=Path, help="the fetched code bases")
    parser.add_argument(
        "--questions", type=Path, default=HERE, help="where queries.jsonl and corpora.json are"
    )
    options = parser.parse_args(arguments)
    questions = read_questions(options.questions)
    problems = list(problems_of_form(questions, read_corpora(options.questions)))
    if options.folder:
        problems += problems_of_place(questions, options.folder)
    answers = sum(len(question["gold"]) for question in questions)
    print(*problems, f"{len(questions)} questions, {answers} answers, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
