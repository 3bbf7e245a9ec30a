"""Public sets as folders of source files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from benchmarks.quality.parts.public import COSQA, SPOC
from benchmarks.quality.snippets import Snippet, write_snippets
from benchmarks.quality.types import Places, SkippedError


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_snippets_become_files_whose_paths_tell_nothing(tmp_path: Path) -> None:
    root = tmp_path / "snippets"
    paths = write_snippets(root, [Snippet("def f(): pass", "python"), Snippet("function g() {}", "php")])
    assert paths == ["0/00000.py", "0/00001.php"]
    assert (root / paths[1]).read_text() == "<?php\nfunction g() {}\n"


def test_the_folder_is_left_alone_when_it_holds_the_same_and_made_anew_when_not(tmp_path: Path) -> None:
    root = tmp_path / "snippets"
    first, second = Snippet("def f(): pass", "python"), Snippet("def g(): pass", "python")
    write_snippets(root, [first, second])
    (root / "witness").touch()
    write_snippets(root, [first, second])
    assert (root / "witness").exists()
    write_snippets(root, [first])
    assert sorted(path.name for path in root.rglob("*")) == ["0", "00000.py"]


def test_every_solution_of_a_problem_is_right_and_blind_questions_hold_no_name(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "query": "read n", "code": "int f() { cin >> n; }", "probid": "1"},
        {"id": "b", "query": "read m", "code": "int g() { cin >> m; }", "probid": "1"},
        {"id": "c", "query": "print k", "code": "int h() { cout << k; }", "probid": "2"},
    ]
    split: dict[str, object] = {"language": "cpp", "split": "train_test"}
    write_rows(tmp_path / "data" / "spoc" / "functions.jsonl.gz", [row | split for row in rows])
    (collection,) = SPOC.collections(Places(tmp_path / "cache", data=tmp_path / "data"))
    asked = {question.id: question for question in collection.questions}
    assert set(asked) == {"a", "a blind", "b", "b blind", "c", "c blind"}
    assert asked["a blind"].text == "read x1"
    assert {gold.path for gold in asked["b"].golds} == {"0/00000.cpp", "0/00001.cpp"}


def test_cosqa_is_searched_in_its_own_code_base(tmp_path: Path) -> None:
    codes = [f"def f{number}():\n    return {number}" for number in range(4)]
    pair: dict[str, object] = {
        "id": "q", "query": "return two", "code": codes[2], "language": "python", "split": "dev",
        "label": 1, "retrieval_idx": 2,
    }  # fmt: skip
    wrong = pair | {"id": "r", "code": codes[1], "label": 0}
    write_rows(tmp_path / "cosqa" / "pairs.jsonl.gz", [pair, wrong])
    write_rows(tmp_path / "cosqa" / "codebase.jsonl.gz", [{"code": code} for code in codes])
    (collection,) = COSQA.collections(Places(tmp_path / "cache", data=tmp_path))
    (question,) = collection.questions
    assert [gold.path for gold in question.golds] == ["0/00002.py"]
    assert (collection.root / "0/00002.py").read_text() == codes[2] + "\n"


def test_a_missing_set_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(SkippedError, match=r"pairs\.jsonl\.gz"):
        next(COSQA.collections(Places(tmp_path, data=tmp_path)))
