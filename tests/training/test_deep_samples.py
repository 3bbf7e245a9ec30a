"""What the deep model is tuned on: questions and units as they are drawn, and batches of them."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mindgap_indexer.encoding import load_default
from mindgap_indexer.types import Passage
from mindgap_training.deep.batches import Batches, Mix
from mindgap_training.deep.near import nearest_samples
from mindgap_training.deep.samples import (
    AS_IT_IS,
    Hardening,
    Sample,
    draw,
    few_words,
    harder_query,
    nameless,
    renamed,
)
from mindgap_training.deep.sources import corpus_samples, read_samples
from mindgap_training.errors import TrainingDataError

ALWAYS = Hardening(1, 1, 0, 1, 1, 1)
READ = Passage(
    "read_rows", "Table.read_rows", "def read_rows(self, path)", "Rows of a file.",
    "rows = parse(path)\nself.rows = rows\nreturn rows", "python",
)  # fmt: skip


def sample(name: str, group: str = "p", query: str = "what it does") -> Sample:
    return Sample(query, dataclasses.replace(READ, name=name, body=name), group, "test")


def test_words_of_the_name_leave_the_question() -> None:
    assert (
        harder_query("read all the rows of a table", "read_rows", ALWAYS, Random(0)) == "all the of a table"
    )
    assert harder_query("reads rows", "readRows", ALWAYS, Random(0)) == "reads rows"
    assert harder_query("for each row\n  read it", "x", AS_IT_IS, Random(0)) == "for each row\n  read it"


def test_few_words_are_the_telling_ones_in_their_order() -> None:
    query = "Returns the pinned version that was read from the lock file, with its checksum version"
    asked = {few_words(query, Random(seed)) for seed in range(60)}
    assert {len(question.split()) for question in asked} == {2, 3, 4}
    telling = ["pinned", "version", "read", "lock", "file", "checksum"]
    for question in asked:
        places = [telling.index(word) for word in question.split()]
        assert places == sorted(set(places))
    assert {word for question in asked for word in question.split()} == set(telling)
    assert few_words("Returns the pinned version", Random(0)) == ""


def test_a_nameless_unit_calls_itself_otherwise() -> None:
    unit = nameless(
        dataclasses.replace(READ, body="return read_rows(path) + self.read_rows + read_rows_twice"), Random(0)
    )
    assert unit.qualname == unit.name != "read_rows"
    assert unit.signature == f"def {unit.name}(self, path)"
    assert unit.body == f"return {unit.name}(path) + self.read_rows + read_rows_twice"


def test_variables_are_renamed_and_members_are_not() -> None:
    unit = renamed(READ, Random(0))
    row, path = unit.body.split(" = ")[0], unit.signature.removesuffix(")").split(", ")[1]
    assert len({row, path, "rows", "path"}) == 4
    assert unit.body.splitlines() == [f"{row} = parse({path})", f"self.rows = {row}", f"return {row}"]
    assert unit.name == "read_rows"


def test_a_doc_that_is_the_question_is_never_shown() -> None:
    documented = Sample("rows of a file", READ, "p", "test", is_from_doc=True)
    assert "Rows of a file" not in draw(documented, AS_IT_IS, Random(0))[1]
    shown = dataclasses.replace(documented, is_from_doc=False)
    assert draw(shown, AS_IT_IS, Random(0)) == (
        "rows of a file",
        "table read rows. Rows of a file. "
        "def read_rows(self, path) rows = parse(path)\nself.rows = rows\nreturn rows",
    )
    assert "Rows of a file" not in draw(shown, ALWAYS, Random(0))[1]


def test_batches_depend_on_seed_and_step_alone() -> None:
    sources = {
        "docs": [sample(f"f{i}", group=f"package {i % 3}") for i in range(60)],
        "tasks": [sample(f"t{i}", group=f"task {i}") for i in range(40)],
    }
    batches = Batches(sources, {"docs": 0.1, "tasks": 0.9}, Mix(batch=20, package_share=0.5), seed=1)
    assert batches.batch(3) == batches.batch(3) != batches.batch(4)
    for step in range(20):
        drawn = batches.batch(step)
        assert len({s.passage.name for s in drawn}) == 20
        assert max(sum(s.group == f"package {i}" for s in drawn) for i in range(3)) >= 10
    share = sum(s.passage.name[0] == "t" for step in range(20) for s in batches.batch(step)) / 400
    assert 0.3 < share < 0.5  # nine tenths of the half that comes from everywhere


def test_what_looks_like_the_answer_is_near_and_what_may_answer_too_is_not() -> None:
    texts = {
        "read_rows": ("read the rows of a csv file", "return [row for row in csv.reader(open(path))]"),
        "read_cells": ("the cells of a csv row", "return [cell for cell in csv.reader(row)]"),
        "rows_of": ("lines of comma separated values", "return [row for row in csv.reader(open(path))]"),
        "send": ("send a message over the socket", "self.socket.sendall(message)"),
        "go_rows": ("read rows of a csv file in go", "return csv.NewReader(file).ReadAll()"),
    }
    samples = [
        Sample(query, Passage(name, name, "", "", body, "go" if name[:2] == "go" else "python"), "p", "test")
        for name, (query, body) in texts.items()
    ]
    near = nearest_samples(load_default(), {"docs": samples, "few": samples[3:4]}, 2)
    places: list[list[int]] = [found.tolist() for found in near["docs"]]
    names = {
        sample.passage.name: [samples[place].passage.name for place in own]
        for sample, own in zip(samples, places, strict=True)
    }
    assert names["read_rows"] == ["read_cells", "send"], "neither equal code nor other languages"
    assert names["go_rows"] == []
    assert [len(found) for found in near["few"]] == [0]


def test_what_looks_more_like_the_answer_than_the_answer_is_not_near() -> None:
    first = Sample("read the rows of a csv file", Passage("f", "f", "", "", "csv.rows(file)"), "p", "test")
    twin = dataclasses.replace(first, passage=dataclasses.replace(first.passage, body="csv.rows(file) "))
    other = dataclasses.replace(first, passage=dataclasses.replace(first.passage, body="send(message)"))
    near = nearest_samples(load_default(), {"docs": [first, twin, other]}, 2)["docs"]
    assert near[0].tolist() == [2]
    near = nearest_samples(load_default(), {"docs": [first, twin, other]}, 2, likeness=None)["docs"]
    assert near[0].tolist() == [1, 2], "but where that is wanted"


def test_near_samples_come_with_those_that_are_drawn() -> None:
    sources = {"docs": [sample(f"{i}", f"{i}") for i in range(60)]}
    nearest = {"docs": [np.array([(i + 20) % 60, (i + 40) % 60]) for i in range(60)]}
    mix = Mix(batch=9, near_of=("docs",), near=2)
    batches = Batches(sources, {}, mix, 0, nearest)
    for step in range(20):
        drawn = sorted(int(s.passage.name) for s in batches.batch(step))
        assert len(drawn) == 9
        assert len({i % 20 for i in drawn}) == 3, "three that were drawn, each with both that are near"
    assert batches.fingerprint != Batches(sources, {}, mix, 0).fingerprint


def test_few_samples_make_a_small_batch() -> None:
    assert len(Batches({"docs": [sample("a"), sample("b")]}, {}, Mix(batch=20), seed=0).batch(0)) == 2
    with pytest.raises(TrainingDataError, match="no pairs"):
        Batches({"docs": []}, {}, Mix(), seed=0)


def test_samples_of_a_file(tmp_path: Path) -> None:
    rows = [
        {
            "query": "Rows of a file.",
            "code": "x",
            "language": "python",
            "group": "g",
            **dataclasses.asdict(READ),
        },
        {"query": "parse it and keep it", "code": "x", "language": "python", **dataclasses.asdict(READ)},
        {
            "query": "add two",
            "code": "def add(a, b):\n    return a + b",
            "language": "python",
            "split": "train",
        },
        {"query": "kept aside", "code": "x", "language": "python", "split": "dev"},
    ]
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    mined, other, parsed = read_samples(path)
    assert (mined.passage, mined.is_from_doc, mined.group) == (READ, True, "g")
    assert (other.passage, other.is_from_doc, other.source) == (READ, False, "pairs")
    assert (parsed.passage.name, parsed.passage.body) == ("add", "return a + b")


def test_answers_that_are_measured_are_not_trained_on(tmp_path: Path) -> None:
    rows = [
        {"query": "a", "code": "def f():\n  return 1", "language": "python", "split": "train", "task": 1},
        {"query": "b", "code": "def f(): return 1", "language": "python", "split": "validation", "task": 2},
        {"query": "c", "code": "def g(): return 2", "language": "python", "split": "train", "task": 3},
    ]
    (tmp_path / "mbpp").mkdir()
    (tmp_path / "mbpp" / "problems.jsonl.gz").write_bytes(
        gzip.compress("\n".join(map(json.dumps, rows)).encode())
    )
    assert [s.query for s in corpus_samples("mbpp", tmp_path)] == ["c"]


# --- tuning
