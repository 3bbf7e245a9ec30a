"""Pseudocode without the names of its code: whoever asks so does not know them, and what is left is shape.

The written pseudocode again with other names, and pseudocode that a program writes for units of the same
code bases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from random import Random

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import CALLABLE, Unit
from mindgap_indexer.workspace_rules import WorkspaceRules
from mindgap_training.pseudocode import Level, pseudocode
from mindgap_training.pseudocode.blind import identifiers
from mindgap_training.ranker.questions import Answer, Question

KIND = "nameless"
FILES = 60
"""Of a corpus that are looked at …"""
UNITS = 25
"""… and units of them that are told."""
_LINES = range(5, 61)
_FEWEST_WORDS = 12
_LEVELS = (Level.LINES, Level.LINES, Level.STEPS)
_WORD = re.compile(r"[^\W\d]\w*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Placed:
    path: str
    unit: Unit
    code: str


def nameless(questions: Sequence[Question], sources: Path) -> list[Question]:
    """More questions over the corpora of some, which stand below `sources`; the same for the same ones."""
    corpora = sorted({question.corpus for question in questions})
    units = {corpus: _units(sources / corpus, Random(corpus)) for corpus in corpora}
    names = {
        corpus: sorted({name for item in found for name in _names(item)}) for corpus, found in units.items()
    }
    made: list[Question] = []
    for corpus in corpora:
        rng = Random(f"{corpus} nameless")
        foreign = [name for other, own in names.items() if other != corpus for name in own]
        told = _told(corpus, units[corpus], rng)
        asked = _asked(sources / corpus, (q for q in questions if q.corpus == corpus))
        for question, known in (*asked, *told):
            text = _renamed(question.text, known, rng, foreign)
            if text != question.text:
                made.append(replace(question, kind=KIND, text=text))
    return made


def _units(folder: Path, rng: Random) -> list[_Placed]:
    """Functions of a corpus in no order."""
    rules = WorkspaceRules(folder)
    files = sorted(rules.scan().files, key=lambda file: file.path)
    found: list[_Placed] = []
    for file in rng.sample(files, min(FILES, len(files))):
        data = rules.read(file.path)
        lines = data.decode("utf-8", "replace").splitlines()
        for unit in parse_source(data, by_name(file.language), PurePosixPath(file.path).stem).units:
            if unit.kind in CALLABLE and unit.end_line - unit.start_line + 1 in _LINES:
                code = "\n".join(lines[unit.start_line - 1 : unit.end_line])
                found.append(_Placed(file.path, unit, code))
    rng.shuffle(found)
    return found


def _told(corpus: str, units: Iterable[_Placed], rng: Random) -> Iterator[tuple[Question, frozenset[str]]]:
    """Pseudocode for some of the units, with the names of their code."""
    number = 0
    for item in units:
        unit = item.unit
        text = pseudocode(item.code, unit.language, rng.choice(_LEVELS), rng.randrange(10**6))
        if number < UNITS and text and "\n" in text and len(text.split()) >= _FEWEST_WORDS:
            number += 1
            answer = Answer(item.path, unit.name, unit.start_line, unit.end_line)
            yield Question(corpus, KIND, text, (answer,)), frozenset(identifiers(item.code, unit.language))


def _asked(folder: Path, questions: Iterable[Question]) -> Iterator[tuple[Question, frozenset[str]]]:
    """Written pseudocode, with the names of the code that answers."""
    rules = WorkspaceRules(folder)
    languages = {file.path: file.language for file in rules.scan().files}
    for question in questions:
        if question.kind == "pseudocode" and question.answers and question.answers[0].path in languages:
            answer = question.answers[0]
            lines = rules.read(answer.path).decode("utf-8", "replace").splitlines()
            code = "\n".join(lines[answer.start_line - 1 : answer.end_line])
            yield question, frozenset(identifiers(code, languages[answer.path]))


def _names(item: _Placed) -> Sequence[str]:
    """The names in a unit's head."""
    known = identifiers(item.code, item.unit.language)
    heads = _WORD.findall(item.unit.signature)
    return [name for name in heads if name in known and len(name) > 2]


def _renamed(text: str, known: frozenset[str], rng: Random, foreign: Sequence[str]) -> str:
    """The text with other names: numbered ones, letters, or half of the time those of other code bases."""
    style = rng.randrange(4)
    given: dict[str, str] = {}

    def rename(word: re.Match[str]) -> str:
        name = word[0].lower()
        if name not in known:
            return word[0]
        if name not in given:
            given[name] = _new_name(len(given), style, rng, foreign)
        return given[name]

    return _WORD.sub(rename, text)


def _new_name(number: int, style: int, rng: Random, foreign: Sequence[str]) -> str:
    if style == 0 or (style > 1 and not foreign):
        return f"x{number + 1}"
    return _LETTERS[number % len(_LETTERS)] if style == 1 else rng.choice(foreign)
