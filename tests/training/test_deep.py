"""The deep model: its graph computes what BERT computes, and tuning changes what it is meant to change."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mindgap_indexer.encoding import EmbeddingModel, load_default, load_onnx
from mindgap_indexer.encoding.onnx_model import write_onnx_model
from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.types import Passage
from mindgap_training.commands.deep import deep, deep_runs, export_deep
from mindgap_training.deep.batches import Mix
from mindgap_training.deep.bert import Bert, mixed, read_bert
from mindgap_training.deep.export import TUNED, onnx_model, read_tuned
from mindgap_training.deep.samples import Hardening, Sample, draw
from mindgap_training.deep.sources import read_samples
from mindgap_training.errors import TrainingDataError
from mindgap_training.negatives import Ids
from tests.training.tiny_bert import write_tiny_bert

if TYPE_CHECKING:
    import torch

TEXTS = ["read the file", "write the big file now", "file"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_bert(tmp_path)


def embed(bert: Bert, folder: Path, *, quantised: bool) -> np.ndarray:
    write_onnx_model(folder, onnx_model(bert, unit_tokens=16, query_tokens=16, quantised=quantised))
    return load_onnx(folder, threads=1).embed_queries(TEXTS)


def test_graph_computes_what_bert_computes(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    bert = read_bert(folder)
    ids = [
        [{"read": 1, "the": 2, "file": 3, "write": 4, "big": 5, "now": 6}[w] for w in t.split()]
        for t in TEXTS
    ]
    with torch.no_grad():
        means = [reference(torch.tensor([row])).last_hidden_state[0].mean(0) for row in ids]
    expected = torch.nn.functional.normalize(torch.stack(means)).numpy()
    np.testing.assert_allclose(embed(bert, folder / "exact", quantised=False), expected, atol=1e-5)


def test_int8_stays_near(folder: Path) -> None:
    bert = read_bert(folder)
    exact = embed(bert, folder / "exact", quantised=False)
    near = embed(bert, folder / "int8", quantised=True)
    assert (exact * near).sum(axis=1).min() > 0.98
    assert (folder / "int8" / "model.onnx").stat().st_size < (
        folder / "exact" / "model.onnx"
    ).stat().st_size / 2


def test_export_is_deterministic(folder: Path) -> None:
    assert onnx_model(read_bert(folder)) == onnx_model(read_bert(folder))


def test_other_architectures_are_refused(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "roberta"}))
    with pytest.raises(TrainingDataError, match="is no BERT model"):
        read_bert(folder)


# --- samples


def test_torch_and_graph_agree(folder: Path) -> None:
    pytest.importorskip("torch")
    from mindgap_training.deep.tokens import tokeniser
    from mindgap_training.deep.torch_bert import SentenceBert

    bert = read_bert(folder)
    ids = tokeniser(bert.tokenizer)(TEXTS, 16)
    np.testing.assert_allclose(
        SentenceBert(bert, 1).vectors(ids), embed(bert, folder / "exact", quantised=False), atol=1e-5
    )


PAIRS = [
    {"query": question, "code": f"{name} = 0", "language": "", "group": name}
    for question, name in [("read", "now"), ("the", "big"), ("write", "file"), ("now", "read")]
]


def write_pairs(path: Path) -> Path:
    path.write_text("\n".join(map(json.dumps, PAIRS)), "utf-8")
    return path


@pytest.mark.parametrize("bfloat16", ["true", "false"])
def test_tuning_brings_questions_to_their_answers(folder: Path, tmp_path: Path, bfloat16: str) -> None:
    pytest.importorskip("torch")
    pairs, out = write_pairs(tmp_path / "pairs.jsonl"), tmp_path / "run"
    settings = ["steps=30", "layers=1", "learning_rate=0.01", "warm_up=1", "hardening.drop_word=0.0"]
    settings.append(f"bfloat16={bfloat16}")
    deep([str(pairs)], base=str(folder), out=out, set=settings)
    about = json.loads((out / "training.json").read_text())
    assert (about["steps"], about["sources"]) == (30, {"pairs": {"weight": 1.0, "pairs": 4}})
    trained = read_tuned(out / TUNED)
    assert trained
    assert all(name.startswith("encoder.layer.1.") for name in trained)

    export_deep(out, base=str(folder), share=1.0, out=tmp_path / "model", unit_tokens=16, query_tokens=16)
    export_deep(None, base=str(folder), out=tmp_path / "plain", unit_tokens=16, query_tokens=16)
    before, after = (right_answers(tmp_path / name) for name in ("plain", "model"))
    assert before < after == 4


def right_answers(folder: Path) -> int:
    model = load_onnx(folder, threads=1)
    units = model.embed_units([Passage("", "", "", "", pair["code"]) for pair in PAIRS])
    nearest = (model.embed_queries([pair["query"] for pair in PAIRS]) @ units.T).argmax(axis=1)
    return int((nearest == np.arange(len(PAIRS))).sum())


def test_bfloat16_is_coarser(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from mindgap_training.deep.tune import TuneConfig, tune

    sources = {"pairs": read_samples(write_pairs(tmp_path / "pairs.jsonl"))}
    fine, coarse = (
        tune(
            read_bert(folder),
            sources,
            {},
            TuneConfig(steps=1, minutes=1e9, layers=1, bfloat16=bfloat16),
            tmp_path / str(bfloat16),
        ).losses[0]
        for bfloat16 in (False, True)
    )
    assert fine != coarse
    assert coarse == pytest.approx(fine, abs=0.02)


def test_plain_sources_are_not_hardened(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from mindgap_training.deep import tune as module

    drawn = dict[str, tuple[str, str]]()

    def spy(sample: Sample, hardening: Hardening, random: Random) -> tuple[str, str]:
        drawn[sample.source] = draw(sample, hardening, random)
        return drawn[sample.source]

    monkeypatch.setattr(module, "draw", spy)
    passage = Passage("spread_evenly", "spread_evenly", "def spread_evenly(xs):", "A doc.", "return xs")
    sources = {
        name: [Sample("spread what is given evenly", passage, name, name)] for name in ("asked", "mined")
    }
    hardest = Hardening(1, 1, 1, 1, 1, 1)
    config = module.TuneConfig(steps=1, minutes=1e9, layers=1, hardening=hardest, plain=("asked",))
    module.tune(read_bert(folder), sources, {}, config, tmp_path)
    assert drawn["asked"] == ("spread what is given evenly", passage_text(passage))
    query, unit = drawn["mined"]
    assert "spread" not in query
    assert "spread" not in unit
    assert "A doc." not in unit


def test_some_sources_bring_what_is_easily_taken_for_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from mindgap_training.deep import tune as module

    model, batches = load_default(), list[list[int]]()

    def nearest(
        asked: EmbeddingModel, sources: Mapping[str, Sequence[Sample]], count: int
    ) -> dict[str, list[Ids]]:
        assert (asked, list(sources), count) == (model, ["near"], 1)
        return {"near": [np.array([(i + 4) % 8]) for i in range(8)]}

    def same_answers(samples: Sequence[Sample]) -> torch.Tensor:
        batches.append([int(sample.passage.body) for sample in samples])
        return same_as_ever(samples)

    same_as_ever = module.same_answers
    monkeypatch.setattr(module, "nearest_samples", nearest)
    monkeypatch.setattr(module, "same_answers", same_answers)
    samples = [Sample("read", Passage("f", "f", "", "", f"{i}"), "p", "near") for i in range(8)]
    mix = Mix(batch=4, near_of=("near",), near=1, nearest=1)
    config = module.TuneConfig(steps=3, minutes=1e9, layers=1, mix=mix)
    module.tune(read_bert(folder), {"near": samples, "far": []}, {}, config, tmp_path, model=model)
    assert len(batches) == 3
    for drawn in batches:
        assert {(i + 4) % 8 for i in drawn} == set(drawn)


def test_a_stopped_run_continues_as_if_it_had_not_stopped(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from mindgap_indexer.errors import Cancelled
    from mindgap_training.deep.tune import TuneConfig, tune

    sources = {"pairs": read_samples(write_pairs(tmp_path / "pairs.jsonl"))}
    # Without a limit of time the learning rate depends on the steps alone.
    config = TuneConfig(steps=6, minutes=1e9, layers=1, learning_rate=0.01, warm_up=1)
    whole = tune(read_bert(folder), sources, {}, config, tmp_path / "whole")
    left = iter([False, False, True])
    with pytest.raises(Cancelled):
        tune(read_bert(folder), sources, {}, config, tmp_path / "parts", cancelled=lambda: next(left))
    parts = tune(read_bert(folder), sources, {}, config, tmp_path / "parts")
    assert (parts.steps, parts.losses) == (whole.steps, whole.losses)
    for name, weight in whole.weights.items():
        np.testing.assert_allclose(parts.weights[name], weight, atol=1e-6)


RUNS = """
[deep]
base = "BASE"
set = { layers = 1, learning_rate = 0.01, minutes = 1e9, "hardening.drop_word" = 0.0 }
[[deep.run]]
name = "first"
set = { steps = 5, warm_up = 1 }
files = { "pairs.jsonl" = 1.0 }
[[deep.run]]
name = "second"
set = { steps = 4, layers = 2 }
files = { "pairs.jsonl" = 0.5 }
"""


def recipe(folder: Path, text: str = RUNS) -> Path:
    path = folder / "models.toml"
    path.write_text(text.replace("BASE", str(folder)), "utf-8")
    return path


def test_each_run_goes_on_from_where_the_one_before_ended(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from mindgap_training.deep.runs import read_runs
    from mindgap_training.deep.tune import tune

    pairs = write_pairs(tmp_path / "pairs.jsonl")
    deep_runs(recipe(folder), tmp_path, out=tmp_path / "deep")
    about = json.loads((tmp_path / "deep" / "training.json").read_text())
    assert [(run["name"], run["steps"]) for run in about["runs"]] == [("first", 5), ("second", 4)]

    first, second = read_runs(recipe(folder)).runs
    sources = {"pairs.jsonl": read_samples(pairs)}
    bert = read_bert(folder)
    one = tune(bert, sources, first.weights, first.config, tmp_path / "one")
    both = tune(mixed(bert, one.weights, 1.0), sources, second.weights, second.config, tmp_path / "two")
    found = read_tuned(tmp_path / "deep" / TUNED)
    assert found.keys() == both.weights.keys() > one.weights.keys()
    for name, weight in both.weights.items():
        np.testing.assert_allclose(found[name], weight, atol=1e-6)


def test_runs_that_are_done_are_not_run_again(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from mindgap_indexer.errors import Cancelled
    from mindgap_training.deep.runs import in_runs, read_runs
    from mindgap_training.deep.tune import tune

    write_pairs(tmp_path / "pairs.jsonl")
    runs = read_runs(recipe(folder)).runs
    steps: list[int] = []

    def tuned(cancel_after: int) -> list[str]:
        def cancelled() -> bool:
            steps.append(1)
            return len(steps) > cancel_after

        steps.clear()
        places = (tmp_path, tmp_path, tmp_path / "run")
        done = in_runs(tune, read_bert(folder), runs, *places, cancelled=cancelled)
        return [d.run.name for d in done]

    with pytest.raises(Cancelled):
        tuned(7)
    assert tuned(100) == ["first", "second"]
    assert len(steps) == 2  # the first run's five steps and two of the second's were there

    other = dataclasses.replace(runs[0], config=dataclasses.replace(runs[0].config, seed=1))
    runs = (other, runs[1])
    tuned(100)
    assert len(steps) == 9  # other weights to begin with: the second run's checkpoint is not continued


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('base = "BASE"', "", "needs a base"),
        ('name = "second"', 'name = "first"', "two runs have one name"),
        ('name = "second"', 'name = "../second"', "needs a name"),
        ('files = { "pairs.jsonl" = 0.5 }', "", "nothing to train on"),
        ('"pairs.jsonl" = 0.5', '"pairs.jsonl" = 0', "a number above 0"),
        ("files = {", "file = {", "'file' is unknown"),
        ("steps = 4", "step = 4", "no setting “step”"),
        ("set = { steps = 4, layers = 2 }", "set = 4", "is no table"),
        ("steps = 4", 'steps = 4, "mix.near_of" = ["cosca"]', "names 'cosca', which is none of its sources"),
    ],
)
def test_wrong_runs_are_told(tmp_path: Path, before: str, after: str, message: str) -> None:
    from mindgap_training.deep.runs import read_runs
    from mindgap_training.errors import TrainingError

    with pytest.raises(TrainingError, match=message):
        read_runs(recipe(tmp_path, RUNS.replace(before, after)))


def test_the_runs_that_ship_can_be_read() -> None:
    from mindgap_training.deep.runs import read_runs

    runs = read_runs(Path("training/models.toml")).runs
    assert [run.config.steps for run in runs] == [480, 200, 1500, 1900]
    assert {run.config.layers for run in runs} == {6}
    assert [run.config.mix.near_of for run in runs] == [(), (), ("cosqa",), ("cosqa",)]


def test_a_mean_of_weights_lies_between(folder: Path) -> None:
    bert = read_bert(folder)
    name = "encoder.layer.1.output.dense.bias"
    half = mixed(bert, {name: bert.weights[name] + 2}, 0.5)
    np.testing.assert_allclose(half.weights[name], bert.weights[name] + 1, rtol=1e-5)
    assert half.weights["embeddings.LayerNorm.bias"] is bert.weights["embeddings.LayerNorm.bias"]
