"""Mixes of training data: what the recipe says is what is in them, whatever order the rows come in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mindgap_training.commands.ask import ask
from mindgap_training.commands.mix import mix as mix_command
from mindgap_training.corpora import read_pairs, write_pairs
from mindgap_training.corpora.mix import MixRecipe, Part, mix, read_mix
from mindgap_training.errors import ManifestError, TrainingDataError
from mindgap_training.pairs import Pair, UnitPair
from tests.training.model_helpers import write_jsonl

RECIPE = Path("training/models.toml")


def unit(number: int, language: str = "python", package: str = "p", **changes: str) -> UnitPair:
    values = {"source": f"pypi:{package}", "kind": "function", "code": f"def f{number}(): pass"} | changes
    return UnitPair(
        f"{package}-{number}", f"question {number}", language=language, group=package,
        qualname=f"f{number}", **values,
    )  # fmt: skip


def mixed(tmp_path: Path, rows: list[UnitPair], seed: int = 0, **part: object) -> list[str]:
    write_pairs(tmp_path / "a.jsonl", rows)
    recipe = MixRecipe((Part("a.jsonl", **part),), seed)  # type: ignore[arg-type]
    return [pair.id for pair in mix(recipe, tmp_path, tmp_path)]


def test_limits_hold_for_each_package_and_language(tmp_path: Path) -> None:
    rows = [
        unit(i, language, package) for i in range(9) for language, package in (("python", "p"), ("c", "c"))
    ]
    rows += [unit(i, "go", f"go{i % 2}") for i in range(9)]
    ids = mixed(tmp_path, rows, per_package=3, per_language={"c": 2, "others": 5})
    found = Counter(name.split("-")[0] for name in ids)
    assert (found["p"], found["c"], sorted((found["go0"], found["go1"]))) == (3, 2, [2, 3])


def test_a_sample_depends_on_ids_and_seed_alone(tmp_path: Path) -> None:
    rows = [unit(i) for i in range(40)]
    chosen = mixed(tmp_path, rows, most=10)
    assert len(chosen) == 10
    assert set(mixed(tmp_path, rows[::-1], most=10)) == set(chosen)
    assert set(mixed(tmp_path, rows, seed=1, most=10)) != set(chosen)


def test_rows_are_chosen_by_source_kind_length_and_split(tmp_path: Path) -> None:
    rows = [unit(0), unit(1, kind="class"), unit(2, code="x"), unit(3, source="cosqa"), unit(4, split="dev")]
    assert mixed(tmp_path, rows, kinds=("function",), code=(5, 100), without=("cosqa",)) == ["p-0"]
    assert mixed(tmp_path, rows, only=("cosqa",)) == ["p-3"]


def test_copies_have_ids_of_their_own_and_are_else_equal(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.jsonl", [unit(0)])
    counts: Counter[str] = Counter()
    found = list(mix(MixRecipe((Part("a.jsonl", times=3),)), tmp_path, tmp_path, counts))
    assert [pair.id for pair in found] == ["p-0", "p-0~1", "p-0~2"]
    assert {pair.query for pair in found} == {"question 0"}
    assert all(isinstance(pair, UnitPair) and pair.qualname == "f0" for pair in found)
    assert counts == {"a.jsonl": 3}


def test_of_a_public_set_no_code_of_another_split_is_taken(tmp_path: Path) -> None:
    (tmp_path / "spoc").mkdir()
    rows = [
        Pair("1", "add", "a+b", "cpp", split="train_eval"),
        Pair("2", "copy of what is measured", "A  - b", "cpp", split="train_eval"),
        Pair("3", "subtract", "a - b", "cpp", split="train_test"),
    ]
    write_jsonl(tmp_path / "functions.jsonl", rows)
    write_pairs(tmp_path / "spoc/functions.jsonl.gz", read_pairs(tmp_path / "functions.jsonl"))
    recipe = MixRecipe((Part(corpus="spoc"),))
    assert [pair.query for pair in mix(recipe, tmp_path, tmp_path)] == ["add"]


def test_the_command_writes_what_the_recipe_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "models.toml"
    recipe.write_text('[mix.both]\n[[mix.both.part]]\nfile = "a.jsonl"\ntimes = 2\n', "utf-8")
    write_pairs(tmp_path / "a.jsonl", [unit(0), unit(1)])
    mix_command("both", recipe, tmp_path)
    assert len(read_pairs(tmp_path / "both.jsonl.gz")) == 4
    assert "4 pairs (4 of a.jsonl)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mix]", "has no mix 'all'"),
        ("[mix.all]", "it needs"),
        ("[[mix.all.part]]\nfile = 'a'\ncorpus = 'b'", "either a file or a corpus"),
        ("[[mix.all.part]]\nfile = 'a'\nmots = 3", "no setting “mots”"),
        ("[[mix.all.part]]\nfile = 'a'\nmost = 'three'", "“most” takes values like 0"),
        ("[[mix.all.part]]\nfile = 'a'\ntimes = 0", "at least 1"),
        ("[[mix.all.part]]\nfile = 'a'\ncode = ['a', 'b']", "whole numbers"),
        ("[[mix.all.part]]\nfile = 'a'\ncode = [1]", "two lengths"),
        ("[[mix.all.part]]\nfile = 'a'\nper_language = { c = 'x' }", "whole numbers"),
        ("[[mix.all.part", "is no TOML"),
        ("x = 1", "has no table"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ManifestError, match=message):
        read_mix(path, "all")


def test_a_missing_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_mix(tmp_path / "none.toml", "all")


@pytest.mark.parametrize("name", ["bare", "first", "second", "words", "documented", "told"])
def test_the_recipe_that_ships_can_be_read(name: str) -> None:
    assert read_mix(RECIPE, name).parts


def test_questions_meet_units_with_and_without_a_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pairs(tmp_path / "pairs.jsonl", [unit(0), unit(1), unit(4, split="dev")])
    write_pairs(tmp_path / "bare.jsonl", [unit(2)])
    rows = [Pair(str(i), f"asked about {i}", "x") for i in (0, 2, 3, 4)]
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        "\n".join(f'{{"unit": "p-{row.id}", "kind": "nl", "query": "{row.query}"}}' for row in rows), "utf-8"
    )
    ask(tmp_path / "pairs.jsonl", questions, tmp_path / "out.jsonl", undocumented=tmp_path / "bare.jsonl")
    found = read_pairs(tmp_path / "out.jsonl")
    assert [(pair.query, pair.code) for pair in found] == [
        ("asked about 0", "def f0(): pass"),
        ("asked about 2", "def f2(): pass"),
    ]
    assert "2 units were not mined" in capsys.readouterr().out
    with pytest.raises(TrainingDataError, match="none of the units"):
        ask(tmp_path / "out.jsonl", questions, tmp_path / "again.jsonl")
