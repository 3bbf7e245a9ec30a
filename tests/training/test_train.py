from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from mindgap_indexer.encoding import Projection, load_deep, load_static
from mindgap_indexer.encoding.static_model import read_static_model
from mindgap_indexer.errors import Cancelled, ModelError
from mindgap_indexer.types import Passage, Progress
from mindgap_training import files
from mindgap_training.commands.evaluate import evaluate
from mindgap_training.commands.export import export
from mindgap_training.commands.train import projection, static
from mindgap_training.configuration import override, parse_assignments
from mindgap_training.embeddings import Document, load_base
from mindgap_training.errors import TrainingDataError, TrainingError
from mindgap_training.loop import TrainConfig, hold_out
from mindgap_training.losses import LossConfig
from mindgap_training.model import HeadConfig
from mindgap_training.static_table import StaticConfig, train_static
from mindgap_training.train import train_heads
from tests.fakes import HashEncoder, make_tiny_model, tiny_static_model
from tests.training.model_helpers import QUICK, foreign_pairs, rotated_vectors, write_jsonl

pytestmark = pytest.mark.transformers
SEPARATE = HeadConfig(shared=False)


class StopAfter:
    """Says after some questions that nobody wants the result any more."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "base")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "pairs.jsonl", foreign_pairs(160))


@pytest.mark.parametrize(
    "loss",
    [
        LossConfig(),
        LossConfig("hinge", negatives="hardest"),
        LossConfig("hinge", negatives="random"),
        LossConfig(widths=(8,), quantised=("int8", "bit")),
    ],
)
def test_heads_learn_a_rotation(loss: LossConfig) -> None:
    _, run = train_heads(rotated_vectors(), SEPARATE, replace(QUICK, loss=loss, steps=200))
    assert run.history[0].mrr < 0.4
    assert max(check.mrr for check in run.history) > run.history[0].mrr + 0.2


def test_one_seed_gives_the_same_heads_and_another_seed_others() -> None:
    config = replace(QUICK, hard_negatives=2)
    heads = HeadConfig("residual-mlp", hidden=24)
    first, second = (train_heads(rotated_vectors(), heads, config) for _ in range(2))
    assert first[1].history == second[1].history
    assert first[0].to_projection("b").fingerprint == second[0].to_projection("b").fingerprint
    other = train_heads(rotated_vectors(), heads, replace(config, seed=1))
    assert other[0].to_projection("b").fingerprint != first[0].to_projection("b").fingerprint


def test_stopped_run_continues_to_the_same_result(tmp_path: Path) -> None:
    data, heads = rotated_vectors(), HeadConfig("residual-mlp", hidden=24)
    whole, run = train_heads(data, heads, QUICK)
    with pytest.raises(Cancelled):
        train_heads(data, heads, QUICK, tmp_path, cancelled=StopAfter(2))
    assert json.loads((tmp_path / "checkpoint.json").read_text("utf-8"))["step"] == 40
    seen: list[Progress] = []
    resumed, again = train_heads(data, heads, QUICK, tmp_path, progress=seen.append)
    assert seen[0].done == 40
    assert again.history == run.history
    assert resumed.to_projection("b").fingerprint == whole.to_projection("b").fingerprint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut", "other run"])
def test_checkpoint_that_does_not_fit_is_not_continued(damage: str, tmp_path: Path) -> None:
    config = QUICK if damage == "cut" else replace(QUICK, seed=5)
    with pytest.raises(Cancelled):
        train_heads(rotated_vectors(), SEPARATE, config, tmp_path, cancelled=StopAfter(1))
    if damage == "cut":
        path = tmp_path / "checkpoint.safetensors"
        path.write_bytes(path.read_bytes()[:-100])
    seen: list[Progress] = []
    train_heads(rotated_vectors(), SEPARATE, QUICK, tmp_path, progress=seen.append)
    assert seen[0].done == 0


def test_loss_that_is_no_number_ends_with_advice() -> None:
    data = rotated_vectors()
    data.queries[3] = np.nan
    with pytest.raises(TrainingError, match=r"loss became nan .* Lower the learning rate"):
        train_heads(data, SEPARATE, replace(QUICK, batch=200, held_out=0.02))


def test_too_few_pairs_and_one_group_are_named() -> None:
    with pytest.raises(TrainingDataError, match="too few"):
        train_heads(rotated_vectors(5), SEPARATE, QUICK)
    with pytest.raises(TrainingDataError, match="none can be held out"):
        train_heads(replace(rotated_vectors(), groups=["one"] * 200), SEPARATE, QUICK)


def test_groups_are_held_out_whole() -> None:
    groups = [str(i // 4) for i in range(100)]
    held = hold_out(groups, 0.2, 1000, 0)
    assert held.sum() == 20
    assert all(held[i : i + 4].all() or not held[i : i + 4].any() for i in range(0, 100, 4))
    assert hold_out(groups, 0.2, 8, 0).sum() == 8


def test_projection_command_writes_what_the_indexer_loads(
    base: Path, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    projection(pairs, str(base), out, ["loop.steps=100", "loop.batch=32", "heads.shared=false"])
    assert "MRR" in capsys.readouterr().out
    trained = json.loads((out / "training.json").read_text("utf-8"))
    assert trained["mrr_gain"]["low"] > 0
    assert "MRR" in (out / "MODEL_CARD.md").read_text("utf-8")
    before, model = load_static(base), load_deep(str(out))
    assert model.fingerprint != before.fingerprint
    assert model.projection.fingerprint == trained["fingerprint"]
    evaluate(pairs, str(base), out, json_out=tmp_path / "measured.json")
    measured = json.loads((tmp_path / "measured.json").read_text("utf-8"))
    assert measured["projection"]["mrr"][0] > measured["base"]["mrr"][0]
    assert not list(tmp_path.glob("out.run/*"))


def test_export_copies_a_checked_model(base: Path, pairs: Path, tmp_path: Path) -> None:
    projection(pairs, str(base), tmp_path / "run", ["loop.steps=20"])
    export(tmp_path / "run", tmp_path / "model")
    exported = load_deep(str(tmp_path / "model"))
    assert exported.encoder.fingerprint == load_static(base).encoder.fingerprint
    assert exported.fingerprint == load_deep(str(tmp_path / "run")).fingerprint
    assert (tmp_path / "model" / "MODEL_CARD.md").is_file()
    with pytest.raises(TrainingError, match="no folder of a training run"):
        export(base, tmp_path / "other")


def test_evaluate_refuses_a_projection_of_another_base(base: Path, pairs: Path, tmp_path: Path) -> None:
    projection(pairs, str(base), tmp_path / "run", ["loop.steps=20"])
    other = make_tiny_model(tmp_path / "other", seed=1)
    with pytest.raises(ModelError, match="was trained for encoder"):
        evaluate(pairs, str(other), tmp_path / "run")


def test_nothing_is_overwritten_or_left_half_written(
    base: Path, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(TrainingError, match="holds no model of an earlier run"):
        projection(pairs, str(base), mine)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Projection, "save", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        projection(pairs, str(base), tmp_path / "out", ["loop.steps=20"])
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out.*"))


def test_failed_write_keeps_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    files.write_atomically(path, "before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mindgap_training.files.os.replace", full)
    with pytest.raises(TrainingError, match="unchanged"):
        files.write_atomically(path, "after")
    assert [(p.name, p.read_text("utf-8")) for p in tmp_path.iterdir()] == [("record.json", "before")]


def test_base_vectors_are_computed_once(base: Path, tmp_path: Path) -> None:
    texts, documents = ["read file", "sort"], [Document("def f(): return sort", "python")]
    first = load_base(str(base), cache=tmp_path / "cache")
    vectors, units = first.queries(texts), first.documents(documents)
    np.testing.assert_allclose(vectors, first.encoder.encode_queries(texts), atol=1e-3)
    again = load_base(str(base), cache=tmp_path / "cache")
    again.encoder = HashEncoder(again.dimension, seed=1)
    np.testing.assert_array_equal(again.queries(texts), vectors)
    np.testing.assert_array_equal(again.documents(documents), units)


def test_damaged_cache_is_encoded_again(base: Path, tmp_path: Path) -> None:
    expected = load_base(str(base), cache=tmp_path / "cache").queries(["read"])
    (shard,) = (tmp_path / "cache").rglob("*.safetensors")
    shard.write_bytes(b"broken")
    np.testing.assert_array_equal(load_base(str(base), cache=tmp_path / "cache").queries(["read"]), expected)


def test_missing_base_is_named(pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("offline")

    monkeypatch.setattr(import_module("huggingface_hub"), "snapshot_download", unreachable)
    with pytest.raises(ModelError, match="neither a folder here nor"):
        projection(pairs, "nobody/nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_static_table_learns_words_it_did_not_know() -> None:
    config = StaticConfig(
        loop=replace(QUICK, learning_rate=1e-2, loss=LossConfig(widths=(16,), quantised=("bit",)))
    )
    model, heads, run = train_static(tiny_static_model(), foreign_pairs(160), config)
    assert max(check.mrr for check in run.history) > run.history[0].mrr + 0.1
    assert heads.base == model.fingerprint != tiny_static_model().fingerprint
    again = train_static(tiny_static_model(), foreign_pairs(160), config)
    assert again[0].fingerprint == model.fingerprint
    assert again[2].history == run.history


def test_static_command_trains_on_nothing_that_the_dev_split_holds(base: Path, tmp_path: Path) -> None:
    dev = foreign_pairs(20, 1, "dev")
    leaks = [replace(pair, query="the same code", split="train") for pair in dev]
    rows = write_jsonl(tmp_path / "rows.jsonl", [*foreign_pairs(100), *dev, *leaks])
    static(rows, base, tmp_path / "model", ["loop.steps=5", "loop.batch=32"])
    assert read_static_model(tmp_path / "model")[0].provenance["pairs"] == 100


def test_static_command_writes_a_model_that_ranks_as_in_training(
    base: Path, pairs: Path, tmp_path: Path
) -> None:
    static(pairs, base, tmp_path / "model", ["loop.steps=60", "loop.batch=32", "loop.learning_rate=0.01"])
    model = load_static(tmp_path / "model")
    rows = foreign_pairs(160)
    units = model.embed_units([Passage("", "", "", "", pair.code) for pair in rows])
    before = load_static(base)
    old = before.embed_units([Passage("", "", "", "", pair.code) for pair in rows])
    queries = [pair.query for pair in rows]
    trained, start = (m.embed_queries(queries) @ u.T for m, u in ((model, units), (before, old)))
    assert (trained.argmax(axis=1) == np.arange(160)).mean() > (start.argmax(axis=1) == np.arange(160)).mean()
    assert read_static_model(tmp_path / "model")[0].provenance["pairs"] == 160


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loop.stepps": 5}, "There is no setting “loop.stepps”"),
        ({"loop.steps": "many"}, "takes values like"),
        ({"heads.shared": 1}, "takes values like"),
    ],
)
def test_wrong_settings_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        override(StaticConfig(), change)


def test_settings_from_a_command_line() -> None:
    parsed = parse_assignments(
        ["loop.steps=5", "heads.kind=linear", "loop.loss.widths=[8, 4]", "loop.noise=1"]
    )
    assert parsed == {"loop.steps": 5, "heads.kind": "linear", "loop.loss.widths": [8, 4], "loop.noise": 1}
    changed = override(StaticConfig(), {"loop.loss.widths": [8], "loop.learning_rate": 1, "loop.steps": 7})
    assert changed.loop == replace(StaticConfig().loop, steps=7, learning_rate=1.0, loss=changed.loop.loss)
    assert changed.loop.loss.widths == (8,)
    with pytest.raises(TrainingError, match="name=value"):
        parse_assignments(["steps"])
    assert isinstance(changed.loop, TrainConfig)
