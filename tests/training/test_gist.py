"""Pseudocode learns to find its code without any name of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.gist import load_gist
from mindgap_training.commands.gist import gist
from mindgap_training.corpora.readers import write_pairs
from mindgap_training.errors import TrainingDataError
from mindgap_training.gist import GistConfig, train_gist
from mindgap_training.pairs import Pair

_VERBS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def _pairs(count: int) -> list[Pair]:
    pairs: list[Pair] = []
    for i in range(count):
        (first, sign), (second, other) = (list(_VERBS.items())[n] for n in (i % 4, i // 4 % 4))
        code = f"def run{i}(a{i}):\n    a{i} {sign}= {i % 7}\n    return a{i} {other} {i % 5}\n"
        query = f"{first} {i % 7} to a{i}\ngive back {second} of a{i} and {i % 5}"
        pairs.append(Pair(f"p{i}", query, code, "python", f"pypi:package{i % 9}", source="synthetic"))
    return pairs


def test_finds_code_of_packages_that_it_never_saw() -> None:
    pairs = _pairs(240)
    trained = train_gist(pairs[:180], GistConfig(words=40, features=200, epochs=30, batch=60))
    aside = pairs[180:]
    asked = trained.words.vectors([pair.query.replace("a", "x") for pair in aside])
    found = (asked @ trained.code.vectors([pair.code for pair in aside]).T).argmax(axis=1)
    assert np.mean(found == np.arange(len(aside))) > 0.5
    assert not any("a1" in word or word == "_" for word in trained.words.words)


def test_the_same_seed_gives_the_same_tables() -> None:
    config = GistConfig(words=20, features=50, epochs=1, batch=40)
    first, second = (train_gist(_pairs(80), config) for _ in range(2))
    assert first.code.rows == pytest.approx(second.code.rows)


def test_too_few_pairs_are_an_error() -> None:
    with pytest.raises(TrainingDataError, match="more pairs"):
        train_gist(_pairs(10), GistConfig())


def test_the_command_writes_what_the_indexer_loads(tmp_path: Path) -> None:
    source, out = tmp_path / "pairs.jsonl", tmp_path / "gist.safetensors"
    write_pairs(source, _pairs(80))
    gist([source], out, without=["package3"], set=["epochs=1", "words=20", "features=50"])
    assert "if" not in load_gist(out).code.words
    assert len(load_gist(out).words.features) == 50
