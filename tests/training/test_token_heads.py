from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.encoding.static_model import BACKGROUND, TOKENS, read_extra, read_static_model
from mindgap_indexer.errors import Cancelled
from mindgap_indexer.types import Progress
from mindgap_training.commands.words import words
from mindgap_training.corpora import write_pairs
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import UnitPair
from mindgap_training.progress import never, no_progress
from mindgap_training.token_heads import TrainedHeads, train_token_heads
from mindgap_training.token_task import TokenHeadConfig, TokenTask
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


def test_a_stopped_run_continues_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "model")
    table = read_static_model(folder)[0].table
    config = replace(CONFIG, steps=12, save_every=5)
    seen: list[int] = []

    def trained(run: Path, stop_at: int) -> TrainedHeads:
        def told(progress: Progress) -> None:
            if progress.stage == "train":
                seen.append(progress.done)

        def cancelled() -> bool:
            return bool(seen) and seen[-1] == stop_at

        return train_token_heads(load_static(folder), table, pairs(), config, run, told, cancelled)

    whole = trained(tmp_path / "whole", -1)
    with pytest.raises(Cancelled):
        trained(tmp_path / "run", 8)
    seen.clear()
    again = trained(tmp_path / "run", -1)
    assert seen[0] == 5
    np.testing.assert_allclose(again.heads.units, whole.heads.units, atol=1e-3)
    np.testing.assert_allclose(again.heads.weights, whole.heads.weights, rtol=1e-2)
    assert not list((tmp_path / "run").iterdir())


def test_only_a_sample_of_the_comments_is_asked(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "model")
    written, mined = pairs(5), [replace(pair, doc=f"{pair.query}.") for pair in pairs(10)[60:]]
    model = load_static(folder)
    assert model.tokens is not None
    task = TokenTask(
        model, model.tokens, [*written, *mined], replace(CONFIG, comments=20), no_progress, never
    )
    batches = [task.draw(number) for number in range(40)]
    asked = {question.ids.tobytes() for batch in batches for question in batch.questions}
    rows = {row for batch in batches for row in batch.rows.tolist()}
    assert len(asked) <= 60 + 20
    assert len(rows) > 60 + 20  # the others are still there to be wrong answers


def test_a_question_out_of_the_comment_does_not_see_it(tmp_path: Path) -> None:
    # With the comment in sight every such question would find its own words, and nothing were to learn.
    rows = pairs()
    for row in rows:
        object.__setattr__(row, "doc", f"{row.query}. And more.")
    assert train(tmp_path / "model", rows).before < 0.9


def test_a_written_question_sees_the_comment_whatever_it_says(tmp_path: Path) -> None:
    rows = [replace(row, doc=f"{row.query}.", source="written-nl") for row in pairs()]
    assert train(tmp_path / "model", rows).before > 0.9


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
