"""The hand-written questions are well formed, and their checker sees what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.quality.handwritten.check import (
    problems_of_form,
    problems_of_place,
    read_corpora,
    read_questions,
    shared_words,
)

CORPORA = [{"name": "box", "language": "python"}]
TRAINING = Path(__file__).parents[2] / "training" / "questions"
SOURCE = "import os\n\n\n@cached\ndef open_box(lid):\n    return lid.lift()\n"


def gold(**changes: object) -> dict[str, Any]:
    return {"path": "box.py", "name": "open_box", "start_line": 5, "end_line": 6, "first_line": 4, **changes}


def question(**changes: object) -> dict[str, Any]:
    plain = {"id": "box-nl-01", "corpus": "box", "language": "python", "kind": "nl", "query": "lift the lid"}
    return {**plain, "gold": [gold()], **changes}


def test_the_questions_that_ship_are_well_formed() -> None:
    assert list(problems_of_form(read_questions(), read_corpora())) == []


def test_the_questions_to_train_on_are_well_formed() -> None:
    assert list(problems_of_form(read_questions(TRAINING), read_corpora(TRAINING))) == []


def test_no_code_base_is_both_trained_on_and_measured() -> None:
    trained, measured = (
        {artifact["package"] for corpus in corpora for artifact in corpus["artifacts"]}
        for corpora in (read_corpora(TRAINING), read_corpora())
    )
    assert not trained & measured


def test_the_questions_that_ship_cover_many_languages() -> None:
    languages = {row["language"] for row in read_questions()}
    assert len(languages) == len(read_corpora()) == 12


def test_a_good_question_has_no_problem(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "box.py").write_text(SOURCE, encoding="utf-8")
    assert list(problems_of_form([question()], CORPORA)) == []
    assert list(problems_of_place([question()], tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"corpus": "bag"}, "no code base bag in python"),
        ({"language": "go"}, "no code base box in go"),
        ({"kind": "absent"}, "has no answer"),
        ({"gold": []}, "has no answer"),
        ({"kind": "riddle"}, "unknown kind riddle"),
        ({"query": "lift\nthe lid"}, "2 lines"),
        ({"kind": "pseudocode"}, "1 lines"),
        ({"query": "opens many boxes"}, "gives away open_box: box, open"),
        ({"kind": "topic", "files": ["lid.py"]}, "not among the files"),
        ({"gold": [gold(end_line=4)]}, "lines of open_box in disorder"),
    ],
)
def test_problems_of_form(changes: dict[str, Any], problem: str) -> None:
    found = list(problems_of_form([question(**changes)], CORPORA))
    assert any(problem in line for line in found), found


def test_a_question_is_asked_once() -> None:
    found = list(problems_of_form([question(), question(id="box-nl-02")], CORPORA))
    assert found == ["box-nl-02: asked twice"]


def test_every_code_base_is_asked_about() -> None:
    assert list(problems_of_form([], CORPORA)) == ["box: nobody asks about it"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"path": "bag.py"}, "no such file"),
        ({"start_line": 4}, "open_box does not begin in line 4"),
        ({"name": "open"}, "open does not begin in line 5"),
        ({"end_line": 9}, "open_box does not end in line 9"),
        ({"end_line": 7}, "open_box does not end in line 7"),
    ],
)
def test_problems_of_place(changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "box.py").write_text(SOURCE, encoding="utf-8")
    found = list(problems_of_place([question(gold=[gold(**changes)])], tmp_path))
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize(
    ("text", "name", "shared"),
    [
        ("moving points apart", "movePoints", {"move", "points"}),
        ("read the header", "parseHTTPHeader", {"header"}),
        ("over http", "parseHTTPHeader", {"http"}),
        ("nothing alike", "snake_case_name", frozenset[str]()),
    ],
)
def test_shared_words(text: str, name: str, shared: frozenset[str] | set[str]) -> None:
    assert shared_words(text, name) == shared
