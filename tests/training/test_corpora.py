from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mindgap_training.commands.ask import ask
from mindgap_training.commands.stats import stats
from mindgap_training.corpora import (
    deduplicate,
    load_candidates,
    load_corpus,
    read_pairs,
    split_by_group,
    summarise,
    without_leaks,
    write_pairs,
)
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair, UnitPair

LONG = "def total(rows):\n" + "".join(f"    value_{i} = compute(rows, {i})\n" for i in range(12))


def make_pair(query: str = "sum the rows", code: str = "return sum(rows)", **values: str) -> Pair:
    return Pair(values.pop("id", "p"), query, code, **values)


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_rows_become_pairs_with_defaults(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "mine.jsonl", [{"query": "q", "code": "c"}, {"id": 7, "query": "r", "code": "d"}]
    )
    first, second = read_pairs(path)
    assert first == Pair("mine.jsonl:1", "q", "c", split="train", source="mine")
    assert second.id == "7"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_written_pairs_are_read_back(tmp_path: Path, name: str) -> None:
    pairs = [make_pair("é ü", "x\n  y", id="1", language="go", group="g", split="dev", source="s")]
    assert write_pairs(tmp_path / name, pairs) == 1
    assert read_pairs(tmp_path / name) == pairs
    first = (tmp_path / name).read_bytes()
    write_pairs(tmp_path / name, pairs)
    assert (tmp_path / name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_columns_can_have_other_names(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.jsonl", [{"ask": "q", "body": "c", "repo": "r"}])
    (pair,) = read_pairs(path, query="ask", code="body", group="repo", source="ours")
    assert (pair.query, pair.code, pair.group, pair.source) == ("q", "c", "r", "ours")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"query": "a", "code": "b"}\n\n{"query": \n', r"line 3: it is no JSON .*Correct or remove"),
        (b'{"query": "a", "text": "b"}\n', r"line 1: there is no column 'code', only 'query', 'text'"),
        (b'{"query": "a", "code": 3}\n', r"line 1: the column 'code' holds a number instead of text"),
        (b'{"query": " ", "code": "b"}\n', r"line 1: the column 'query' is empty"),
        (b'["a", "b"]\n', r"line 1: it holds a list instead of an object"),
        (b'{"query": "a", "code": "b"}\n\xff\xfe', r"line 1: it is not UTF-8|line 2: it is not UTF-8"),
        (b"\n  \n", r"is empty"),
        (b"", r"is empty"),
    ],
)
def test_a_broken_file_ends_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(TrainingDataError, match=message):
        read_pairs(path)


def test_a_torn_or_missing_file_ends_with_a_message(tmp_path: Path) -> None:
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"query": "a", "code": "b"}\n' * 500)[:-20])
    with pytest.raises(TrainingDataError, match="no whole gzip file"):
        read_pairs(torn)
    torn.write_bytes(b"plain text")
    with pytest.raises(TrainingDataError, match="no whole gzip file"):
        read_pairs(torn)
    with pytest.raises(TrainingDataError, match=r"nowhere\.jsonl cannot be read"):
        read_pairs(tmp_path / "nowhere.jsonl")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingDataError, match="cannot be written"):
        write_pairs(tmp_path / "file" / "out.jsonl", [make_pair()])
    (tmp_path / "folder").mkdir()
    with pytest.raises(TrainingDataError, match="cannot be written"):
        write_pairs(tmp_path / "folder", [make_pair()])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_non_matches_of_cosqa_are_left_out(tmp_path: Path) -> None:
    rows = [
        {
            "id": "1",
            "query": "q",
            "code": "c",
            "language": "python",
            "split": "dev",
            "label": 1,
            "retrieval_idx": 4,
        },
        {
            "id": "2",
            "query": "q",
            "code": "d",
            "language": "python",
            "split": "dev",
            "label": 0,
            "retrieval_idx": 5,
        },
    ]
    write_rows(tmp_path / "cosqa/pairs.jsonl.gz", rows)
    write_rows(tmp_path / "cosqa/codebase.jsonl.gz", [{"retrieval_idx": 4, "code": "c"}, {"code": "z"}])
    assert load_corpus("cosqa", tmp_path) == [Pair("1", "q", "c", "python", "cosqa:4", "dev", "cosqa")]
    assert load_candidates("cosqa", tmp_path) == ["c", "z"]
    assert load_candidates("mbpp", tmp_path) == []


def test_splits_have_one_set_of_names(tmp_path: Path) -> None:
    rows = [
        {"query": f"q{i}", "code": f"c{i}", "task": i, "split": split}
        for i, split in enumerate(["train", "validation", "prompt"])
    ]
    write_rows(tmp_path / "mbpp/problems.jsonl.gz", rows)
    assert [pair.split for pair in load_corpus("mbpp", tmp_path)] == ["train", "dev", "train"]
    assert [pair.query for pair in load_corpus("mbpp", tmp_path, "dev")] == ["q1"]
    with pytest.raises(TrainingDataError, match=r"no split 'test'\. Choose one of: dev, train"):
        load_corpus("mbpp", tmp_path, "test")
    with pytest.raises(TrainingDataError, match="no corpus 'nothing'"):
        load_corpus("nothing", tmp_path)


def test_a_set_without_dev_gets_one_by_group(tmp_path: Path) -> None:
    rows = [{"query": f"q{i}", "code": "c", "question_id": i // 2} for i in range(400)]
    write_rows(tmp_path / "conala/snippets.jsonl.gz", rows)
    pairs = load_corpus("conala", tmp_path)
    splits = {pair.group: {p.split for p in pairs if p.group == pair.group} for pair in pairs}
    assert all(len(of_group) == 1 for of_group in splits.values())
    assert 20 <= sum(pair.split == "dev" for pair in pairs) <= 70


def test_sentences_and_languages(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "multi30k_en_fr/captions.jsonl.gz", [{"en": "A dog", "fr": "Un chien", "split": "val"}]
    )
    (pair,) = load_corpus("multi30k", tmp_path)
    assert (pair.query, pair.code, pair.language, pair.split) == ("A dog", "Un chien", "fr", "dev")


def test_one_algorithm_in_two_languages(tmp_path: Path) -> None:
    rows = [
        {"id": f"{name}-{language}", "query": name, "code": f"{name} in {language}", "language": language}
        | {"algorithm": name, "split": "train"}
        for name, language in [
            ("gcd", "rust"),
            ("gcd", "go"),
            ("gcd", "go"),
            ("sort", "java"),
            ("gcd", "java"),
        ]
    ]
    write_rows(tmp_path / "thealgorithms/by_algorithm.jsonl.gz", rows)
    pairs = load_corpus("same-algorithm", tmp_path)
    assert {(pair.query, pair.code, pair.language) for pair in pairs} == {
        ("gcd in go", "gcd in java", "java"),
        ("gcd in java", "gcd in rust", "rust"),
        ("gcd in rust", "gcd in go", "go"),
    }


def make_grouped(groups: int, size: int) -> list[Pair]:
    return [
        make_pair(f"q {g} {i}", f"code {g} {i}", id=f"{g}-{i}", group=f"group {g}")
        for g in range(groups)
        for i in range(size)
    ]


def test_no_group_stands_in_two_splits() -> None:
    pairs = make_grouped(100, 5)
    splits = split_by_group(pairs, {"train": 8, "dev": 1, "test": 1}, seed=3)
    groups = {name: {pair.group for pair in members} for name, members in splits.items()}
    assert sum(map(len, groups.values())) == len(set[str]().union(*groups.values())) == 100
    assert {name: len(members) for name, members in splits.items()} == {"train": 400, "dev": 50, "test": 50}
    assert split_by_group(pairs[::-1], {"train": 8, "dev": 1, "test": 1}, seed=3).keys() == splits.keys()
    again = split_by_group(pairs[::-1], {"train": 8, "dev": 1, "test": 1}, seed=3)
    assert {p.id for p in again["dev"]} == {p.id for p in splits["dev"]}
    other = split_by_group(pairs, {"train": 8, "dev": 1, "test": 1}, seed=4)
    assert {p.id for p in other["dev"]} != {p.id for p in splits["dev"]}


def test_a_small_split_is_neither_empty_nor_overfull() -> None:
    pairs = [
        make_pair(f"q {g} {i}", f"code {g} {i}", group=str(g))
        for g in range(12)
        for i in range(5 + 40 * (g % 3))
    ]
    for seed in range(10):
        splits = split_by_group(pairs, {"train": 0.9, "dev": 0.1}, seed)
        assert 0.05 * len(pairs) <= len(splits["dev"]) <= 0.2 * len(pairs)
    assert len(split_by_group(pairs[:5], {"train": 0.9, "dev": 0.1}, 0)["train"]) == 5


def test_questions_about_one_code_stay_together_without_groups() -> None:
    pairs = [make_pair(f"question {i}", f"code {i // 4}", id=str(i)) for i in range(80)]
    splits = split_by_group(pairs, {"train": 1, "dev": 1}, seed=0)
    assert not {p.code for p in splits["train"]} & {p.code for p in splits["dev"]}
    assert len(splits["train"]) == len(splits["dev"]) == 40


def test_copies_of_held_out_code_leave_the_largest_split() -> None:
    pairs = make_grouped(40, 2) + [
        make_pair("q", "shared  code", group=f"copy {i}", id=f"c{i}") for i in range(40)
    ]
    splits = split_by_group(pairs, {"train": 1, "dev": 1.01}, seed=0)
    assert any(pair.code == "shared  code" for pair in splits["train"])
    assert not any(pair.code == "shared  code" for pair in splits["dev"])
    assert without_leaks([make_pair(code="a  <b")], [make_pair(code="A < b")]) == []
    assert without_leaks([make_pair(code="a < b")], [make_pair(code="a > b")]) != []


@pytest.mark.parametrize("share", [{}, {"train": 0.0}, {"train": 1.0, "dev": -0.1}])
def test_senseless_shares_are_refused(share: dict[str, float]) -> None:
    with pytest.raises(TrainingDataError, match="shares"):
        split_by_group([], share, seed=0)


def test_equal_and_nearly_equal_pairs_are_dropped() -> None:
    first = make_pair("Sums up all the rows of a table", LONG, id="first")
    equal = make_pair("sums up all  the rows of a table", LONG.replace("    ", "\t"), id="equal")
    near = make_pair("Sums up all the rows of a table.", LONG.replace("value_11", "value_99"), id="near")
    other = make_pair("Sums up all the rows of a table", "return fold(rows)", id="other code")
    question = make_pair("where is the total computed", LONG, id="other question")
    assert [pair.id for pair in deduplicate([first, equal, near, other, question])] == [
        "first",
        "other code",
        "other question",
    ]


def test_signs_tell_short_codes_apart() -> None:
    pairs = [make_pair("compare", f"a {sign} b", id=sign) for sign in ("<", ">", "==")]
    assert deduplicate(pairs) == pairs
    assert deduplicate([]) == []


def test_near_duplicates_are_found_among_many() -> None:
    bodies = [f"def f{i}(x):\n" + "".join(f"    step_{i}_{j}(x)\n" for j in range(20)) for i in range(300)]
    pairs = [make_pair(f"run the steps of number {i}", body, id=str(i)) for i, body in enumerate(bodies)]
    copies = [make_pair(p.query, p.code + "    return x\n", id=f"{p.id}'") for p in pairs]
    assert deduplicate(pairs + copies) == pairs


def test_statistics() -> None:
    pairs = [
        make_pair("sum the rows", "return sum(rows)", language="go", group="a", source="s"),
        make_pair("sum the rows", "return sum(rows)", language="go", group="b", source="s", split="dev"),
        make_pair("nothing alike", "x = 1", language="c", group="b", source="s"),
    ]
    found = summarise(pairs)
    assert (found.pairs, found.groups, found.exact_duplicates, found.near_duplicates) == (3, 2, 1, 0)
    assert found.languages == {"go": 2, "c": 1}
    assert found.splits == {"train": 2, "dev": 1}
    assert found.shared_words == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert found.query_words[1] == 3
    assert summarise([]).query_words == (0, 0, 0)
    assert summarise(pairs, has_duplicates=False).exact_duplicates == 0


def test_the_statistics_of_a_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [
        UnitPair(f"{i}", "sum the rows", f"return sum(rows, {i % 40})", "go", f"p{i % 40}", kind="method")
        for i in range(80)
    ]
    write_pairs(tmp_path / "pairs.jsonl", [replace(pair, source=pair.group) for pair in pairs])
    stats(tmp_path / "pairs.jsonl", duplicates=True)
    said = capsys.readouterr().out
    assert said.startswith("80 pairs in 40 groups\n40 equal and ")
    assert re.search(r"^go +80$", said, re.MULTILINE)
    assert re.search(r"^method +80$", said, re.MULTILINE)
    assert re.search(r"^10 more +20$", said, re.MULTILINE)
    stats(tmp_path / "pairs.jsonl")
    assert "equal" not in capsys.readouterr().out


def test_written_questions_are_joined_with_their_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = UnitPair("pkg/a.py:3", "Doc comment.", "def f(): pass", "python", name="f", qualname="f")
    other = replace(unit, id="pkg/a.py:9", code="def g(): pass", name="g", qualname="g")
    write_pairs(tmp_path / "mined.jsonl", [unit, other])
    rows = [
        {"unit": "pkg/a.py:3", "kind": "nl", "query": "do nothing"},
        {"unit": "pkg/a.py:3", "kind": "topic", "query": "no-op"},
        {"unit": "gone/b.py:1", "kind": "nl", "query": "of a package that was not mined"},
    ]
    questions = write_rows(tmp_path / "questions.jsonl.gz", rows)
    ask(tmp_path / "mined.jsonl", questions, tmp_path / "out.jsonl", times=2)
    joined = read_pairs(tmp_path / "out.jsonl")
    assert [pair.query for pair in joined] == ["do nothing", "do nothing", "no-op", "no-op"]
    assert len({pair.id for pair in joined}) == 4
    assert {(pair.code, pair.source) for pair in joined} == {
        ("def f(): pass", "written-nl"),
        ("def f(): pass", "written-topic"),
    }
    assert isinstance(joined[0], UnitPair)
    assert "4 pairs about 1 units; 1 units were not mined" in capsys.readouterr().out


def test_questions_about_other_units_are_refused(tmp_path: Path) -> None:
    write_pairs(tmp_path / "mined.jsonl", [make_pair()])
    questions = write_rows(tmp_path / "q.jsonl", [{"unit": "x", "kind": "nl", "query": "y"}])
    with pytest.raises(TrainingDataError, match="holds none of the units"):
        ask(tmp_path / "mined.jsonl", questions, tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
