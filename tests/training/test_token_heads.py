from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.encoding.static_model import BACKGROUND, TOKENS, read_extra, read_static_model
from mindgap_training.commands.words import words
from mindgap_training.corpora import write_pairs
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import UnitPair
from mindgap_training.token_heads import TrainedHeads, train_token_heads
from mindgap_training.token_task import TokenHeadConfig
from tests.fakes import WORDS, make_tiny_model

SAID = dict(zip(WORDS, [*WORDS[1:], WORDS[0]], strict=True))
"""What people say where the code says otherwise: learned from some packages, it holds in others."""
CONFIG = TokenHeadConfig(steps=150, batch=16, learning_rate=3e-2, warm_up=5, held_out=0.2)


def pairs(groups: int = 10, each: int = 12) -> list[UnitPair]:
    numbers = random.Random(1)
    found: list[UnitPair] = []
    for group in range(groups):
        for number in range(each):
            names = numbers.sample(WORDS, 3)
            found.append(
                UnitPair(
                    id=f"{group}/{number}",
                    query=" ".join(SAID[name] for name in names),
                    code=f"def {'_'.join(names)}(): pass",
                    language="python",
                    group=f"package{group}",
                    name="_".join(names),
                    qualname="_".join(names),
                    body="pass",
                )
            )
    return found


def train(folder: Path, rows: list[UnitPair]) -> TrainedHeads:
    model, _ = read_static_model(make_tiny_model(folder))
    return train_token_heads(load_static(folder), model.table, rows, CONFIG)


def test_words_learn_what_is_said_for_them(tmp_path: Path) -> None:
    trained = train(tmp_path / "model", pairs())
    assert trained.after > trained.before + 0.1
    again = train(tmp_path / "again", pairs())
    # Nearly: on a busy machine a product is split over fewer threads, and sums up in another order.
    np.testing.assert_allclose(trained.heads.query, again.heads.query, atol=1e-3)
    assert trained.after == again.after


def test_a_question_out_of_the_comment_does_not_see_it(tmp_path: Path) -> None:
    # With the comment in sight every such question would find its own words, and nothing were to learn.
    rows = pairs()
    for row in rows:
        object.__setattr__(row, "doc", f"{row.query}. And more.")
    assert train(tmp_path / "model", rows).before < 0.9


def test_too_few_pairs_of_a_package_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="too few to train on"):
        train(tmp_path / "model", pairs(groups=20, each=3))


def test_the_command_keeps_vectors_and_background(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = make_tiny_model(tmp_path / "start")
    write_pairs(tmp_path / "pairs.jsonl", pairs())
    words(tmp_path / "pairs.jsonl", start, tmp_path / "out", set=["steps=5", "batch=16", "held_out=0.2"])
    assert load_static(tmp_path / "out").fingerprint == load_static(start).fingerprint
    assert load_static(tmp_path / "out").token_heads is not None
    assert read_extra(tmp_path / "out", TOKENS) is not None
    assert read_extra(tmp_path / "out", BACKGROUND) is None
    assert "among neighbours" in capsys.readouterr().out
