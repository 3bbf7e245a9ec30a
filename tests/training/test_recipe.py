"""`make models`: every command takes its options, and reads only what one before it has made."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from mindgap_training.corpora.mix import read_mix
from mindgap_training.deep.runs import read_cross_runs, read_runs

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
ROOT = Path(__file__).parents[2]
WORK = "w"


def commands() -> list[list[str]]:
    """What `make models` runs of Mindgap, without the interpreter: ["mix", "first", …]."""
    variables = (f"WORK={WORK}", "BENCH=kept aside", "BIN=bin")
    asked = ("make", "--dry-run", "--always-make", "models", *variables)
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = said.replace("\\\n", " ").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("bin/mindgap train ")]


def parsed(words: list[str]) -> dict[str, object]:
    """The options of a command line, as the command gets them."""
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    module, function = entries["mindgap.commands"][f"train.{words[0]}"].split(":")
    application = typer.Typer()
    found: Callable[..., None] = getattr(importlib.import_module(module), function)
    application.command()(found)
    params: dict[str, object] = typer.main.get_command(application).make_context("x", words[1:]).params
    return params


def test_every_command_takes_its_options() -> None:
    names = [words[0] for words in commands()]
    assert names.count("mix") == 8
    assert names.count("static") == 2
    assert {"mine", "ask", "synth", "words", "deep-runs", "cross", "export-deep", "sources", "ranker"} <= set(
        names
    )
    for words in commands():
        parsed(words)


def test_what_is_measured_is_kept_out_of_the_mined_pairs() -> None:
    (mined,) = (parsed(words) for words in commands() if words[0] == "mine")
    assert mined["without"] == ("kept", "aside")


def test_settings_are_those_of_their_commands() -> None:
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.static_table import StaticConfig

    first, second = (parsed(words)["set"] for words in commands() if words[0] == "static")
    configs = [override(StaticConfig(), parse_assignments(s)) for s in (first, second)]  # type: ignore[arg-type]
    assert [(config.loop.steps, config.loop.batch) for config in configs] == [(1500, 1024), (700, 1024)]
    assert {config.loop.loss.quantised for config in configs} == {("bit",)}


def test_nothing_is_read_before_it_is_made() -> None:
    made = {f"{WORK}/undocumented.jsonl.gz", f"{WORK}/distilled", f"{WORK}/sources"}
    recipe = ROOT / "training/models.toml"
    for words in commands():
        options = parsed(words)
        out = str(options["out"] or f"{options['folder']}/{options['name']}.jsonl.gz")
        read = [word for word in words[1:] if word.startswith(f"{WORK}/") and word != out]
        if words[0] == "mix":
            read += [f"{WORK}/{part.file}" for part in read_mix(recipe, words[1]).parts if part.file]
        if words[0] == "deep-runs":
            read += [f"{WORK}/{file}" for run in read_runs(recipe).runs for file in run.files]
        if words[0] == "cross":
            read += [f"{WORK}/{file}" for run in read_cross_runs(recipe) for file in run.files]
        assert set(read) <= made, words
        made.add(out)
    assert {f"{WORK}/models/{name}" for name in ("static-v1", "deep-v1", "ranker-v1.json")} <= made


def test_every_mix_of_the_recipe_is_made() -> None:
    recipe = tomllib.loads((ROOT / "training/models.toml").read_text("utf-8"))
    assert {words[1] for words in commands() if words[0] == "mix"} == set(recipe["mix"])


def test_the_models_that_ship_are_those_that_are_made() -> None:
    shipped = {path.name for path in (ROOT / "indexer/mindgap_indexer/models").iterdir()}
    last = [words for words in commands() if words[0] in ("export", "export-deep", "gist", "ranker")]
    outs = [Path(str(parsed(words)["out"])) for words in last]
    made = {(out.parent if out.parent.name.endswith("v1") else out).name for out in outs}
    assert made == {name for name in shipped if re.search(r"-v\d+", name)}
