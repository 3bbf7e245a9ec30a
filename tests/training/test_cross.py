"""The cross-encoder: what it reads, what training changes, and that a run can be stopped and repeated."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.errors import Cancelled
from mindgap_indexer.types import CancelCheck, Float32, Passage
from mindgap_training.commands.cross import cross
from mindgap_training.deep import cross as module
from mindgap_training.deep import training
from mindgap_training.deep.bert import Bert, mixed, read_bert
from mindgap_training.deep.choices import Choices
from mindgap_training.deep.cross import CrossConfig, choice_loss, train_cross
from mindgap_training.deep.cross_head import BIAS, CROSS, MEAN, PRODUCT, start_head
from mindgap_training.deep.export import TUNED, read_tuned, write_tuned
from mindgap_training.deep.near import LIKE_THE_RIGHT_ONE, Nearest, nearest_samples, of_package
from mindgap_training.deep.runs import read_cross_runs, read_runs
from mindgap_training.deep.samples import AS_IT_IS, Hardening, Sample, draw, few_words
from mindgap_training.deep.sources import read_samples
from mindgap_training.deep.tokens import tokeniser
from mindgap_training.deep.torch_cross import CrossBert, IdPair
from mindgap_training.deep.training import CHECKPOINT, Tuned
from mindgap_training.errors import TrainingDataError, TrainingError
from mindgap_training.negatives import Ids
from mindgap_training.progress import never
from mindgap_training.torch_seam import array, descend
from tests.training.tiny_bert import LAYERS, WIDTH, write_tiny_bert

# On a busy machine torch's threads wait for each other longer than such small products take.
torch.set_num_threads(1)
# Without a limit of time the learning rate depends on the steps alone.
CONFIG = CrossConfig(
    minutes=1e9, steps=6, learning_rate=0.01, warm_up=1, query_tokens=6, unit_tokens=24, questions=4,
    negatives=2, hardening=AS_IT_IS,
)  # fmt: skip
WORDS = ("read", "write", "big", "now")
PAIRS: list[IdPair] = [((0, 1, 2, 0), (0, 3, 0)), ((0, 4, 0), (0, 3, 5, 6, 1, 0)), ((0, 1, 0), (0, 1, 0))]


@pytest.fixture
def bert(tmp_path: Path) -> Bert:
    """The tiny one, with a tokeniser that puts marks around a text as BERT's does."""
    folder = write_tiny_bert(tmp_path)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["post_processor"] = {"type": "BertProcessing", "sep": ["[UNK]", 0], "cls": ["[UNK]", 0]}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return read_bert(folder)


def samples(source: str = "pairs") -> list[Sample]:
    """Each pair of words, asked for and shown in another order."""
    words = [(one, other) for one in WORDS for other in WORDS if one < other]
    return [
        Sample(f"{one} {other}", Passage("", "", "", "", f"the {other} file {one}"), "p", source)
        for one, other in words
    ]


def logits(bert: Bert, pairs: list[IdPair]) -> Float32:
    return array(CrossBert(bert)(pairs))


def trained(bert: Bert, folder: Path, config: CrossConfig = CONFIG, cancelled: CancelCheck = never) -> Tuned:
    return train_cross(bert, {"pairs": samples()}, {}, config, folder, cancelled=cancelled)


def with_head(bert: Bert, head: Mapping[str, Float32]) -> Bert:
    return dataclasses.replace(bert, weights={**bert.weights, **head})


# --- the model


def test_the_logit_is_what_the_head_makes_of_the_vectors_of_both_sides(bert: Bert, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
    rng = np.random.default_rng(3)
    product, mean = rng.normal(size=(2, WIDTH)).astype(np.float32)
    head = {PRODUCT: product, MEAN: mean, BIAS: np.full(1, 0.5, np.float32)}
    expected: list[float] = []
    for question, unit in PAIRS:
        ids, count = [*question, *unit[1:]], len(question)
        segments = [int(i >= count) for i in range(len(ids))]
        with torch.no_grad():
            said = reference(torch.tensor([ids]), token_type_ids=torch.tensor([segments]))
        states: Float32 = said.last_hidden_state[0].numpy()
        q, u, m = (
            part.sum(axis=0) / np.linalg.norm(part.sum(axis=0))
            for part in (states[:count], states[count:], states)
        )
        expected.append(float((q * u) @ product + m @ mean + 0.5))
    np.testing.assert_allclose(logits(with_head(bert, head), PAIRS), expected, atol=1e-4)


def test_a_pair_has_the_same_logit_alone_as_among_others(bert: Bert) -> None:
    together = logits(bert, PAIRS * 20)
    alone = [logits(bert, [pair])[0] for pair in PAIRS]
    np.testing.assert_allclose(together, alone * 20, atol=1e-4)
    assert len({round(float(value), 3) for value in alone}) == 3


def test_it_matters_which_side_a_token_is_of(bert: Bert) -> None:
    name = "embeddings.token_type_embeddings.weight"
    one_segment = np.repeat(bert.weights[name][:1], 2, axis=0)
    alike = dataclasses.replace(bert, weights={**bert.weights, name: one_segment})
    assert np.abs(logits(bert, PAIRS) - logits(alike, PAIRS)).min() > 1e-3


def test_a_new_head_asks_how_alike_the_sides_are(bert: Bert) -> None:
    assert start_head(2).keys() == {PRODUCT, MEAN, BIAS}
    assert [weight.tolist() for weight in start_head(2).values()] == [[10, 10], [0, 0], [-5]]
    first, changed = logits(bert, PAIRS), {**start_head(WIDTH), BIAS: np.full(1, -4, np.float32)}
    assert first.max() < 5
    np.testing.assert_allclose(logits(with_head(bert, changed), PAIRS), first + 1, atol=1e-5)


def test_the_loss_asks_for_the_first_of_each_row() -> None:
    right, wrong = torch.tensor([[5.0, -5.0], [5.0, -5.0]]), torch.tensor([[-5.0, 5.0], [5.0, -5.0]])
    assert choice_loss(right, 0.5) < 0.01 < 4 < choice_loss(wrong, 0.5)
    # Which answer is highest tells nothing of where they lie together; that is what the second part is for.
    assert choice_loss(right + 5, 0) == pytest.approx(choice_loss(right, 0))
    assert choice_loss(right + 5, 0.5) > choice_loss(right, 0.5) + 0.1


def test_a_long_gradient_is_shortened() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimiser = torch.optim.SGD(weights, 1.0)
    for longest, moved in ((float("inf"), [-3.0, -4.0]), (10.0, [-3.0, -4.0]), (1.0, [-0.6, -0.8])):
        with torch.no_grad():
            for weight in weights:
                weight.zero_()
        descend((weights[0] * 3 + weights[1] * 4).sum(), optimiser, longest)
        assert [float(weight.detach()) for weight in weights] == pytest.approx(moved, abs=1e-5)


# --- training


@pytest.mark.parametrize("bfloat16", [True, False])
def test_training_tells_right_units_from_wrong_ones(bert: Bert, tmp_path: Path, bfloat16: bool) -> None:
    config = dataclasses.replace(CONFIG, steps=60, questions=6, bfloat16=bfloat16)
    found = trained(bert, tmp_path, config).weights

    def right_answers(bert: Bert) -> int:
        tokenise = tokeniser(bert.tokenizer)
        asked = tokenise([sample.query for sample in samples()], 8)
        units = tokenise([passage_text(sample.passage) for sample in samples()], 24)
        scores = logits(bert, [(question, unit) for question in asked for unit in units]).reshape(6, 6)
        is_right = np.eye(6, dtype=bool)
        return int(
            (scores.argmax(axis=1) == np.arange(6)).sum() + ((scores > 0) == is_right).all(axis=1).sum()
        )

    assert right_answers(bert) < 6
    assert right_answers(with_head(bert, found)) == 12


def test_layers_and_head_change_and_the_rest_stays(bert: Bert, tmp_path: Path) -> None:
    found = trained(bert, tmp_path).weights
    layers = {name for name in bert.weights if name.startswith("encoder.layer.")}
    assert found.keys() == layers | {PRODUCT, MEAN, BIAS}
    before = {**bert.weights, **start_head(WIDTH)}
    # What is added to all keys alike moves no attention: it has no gradient.
    moved = {name for name in found if np.abs(found[name] - before[name]).max() > 1e-3}
    assert moved >= {name for name in found if not name.endswith("key.bias")}
    assert {name.split(".")[2] for name in layers} == {str(i) for i in range(LAYERS)}
    assert {name: weight.shape for name, weight in found.items()} == {
        name: before[name].shape for name in found
    }


def test_the_same_seed_gives_the_same_weights(bert: Bert, tmp_path: Path) -> None:
    first, again = (trained(bert, tmp_path / name) for name in ("first", "again"))
    other = trained(bert, tmp_path / "other", dataclasses.replace(CONFIG, seed=1))
    assert first.losses == again.losses != other.losses
    for name, weight in first.weights.items():
        np.testing.assert_allclose(again.weights[name], weight, atol=1e-6)


def test_a_stopped_run_continues_as_if_it_had_not_stopped(bert: Bert, tmp_path: Path) -> None:
    whole = trained(bert, tmp_path / "whole")
    left = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        trained(bert, tmp_path / "parts", cancelled=lambda: next(left))
    left = iter([False, False, False])  # three steps were there
    parts = trained(bert, tmp_path / "parts", cancelled=lambda: next(left))
    assert (parts.steps, parts.losses) == (whole.steps, whole.losses)
    for name, weight in whole.weights.items():
        np.testing.assert_allclose(parts.weights[name], weight, atol=1e-6)


def test_progress_is_told(bert: Bert, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    train_cross(
        bert, {"pairs": samples()}, {}, CONFIG, tmp_path, lambda p: told.append((p.stage, p.done, p.total))
    )
    assert told == [("cross", done, 6) for done in range(7)]
    assert (tmp_path / CHECKPOINT).is_file()


def spied_draws(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Hardening]]:
    """Fills with the source of each sample that is drawn, and how it is hardened."""
    drawn: list[tuple[str, Hardening]] = []

    def spy(sample: Sample, hardening: Hardening, random: Random) -> tuple[str, str]:
        drawn.append((sample.source, hardening))
        return draw(sample, hardening, random)

    monkeypatch.setattr(module, "draw", spy)
    return drawn


def test_wrong_units_are_drawn_as_the_right_one_is(
    bert: Bert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = spied_draws(monkeypatch)
    hardest = Hardening(1, 1, 1, 1, 1, 1)
    config = dataclasses.replace(CONFIG, steps=4, hardening=hardest, plain=("asked",))
    sources = {name: samples(name) for name in ("asked", "mined")}
    train_cross(bert, sources, {}, config, tmp_path)
    assert len(drawn) == 4 * 4 * 3
    for at in range(0, len(drawn), 3):
        assert len(set(drawn[at : at + 3])) == 1, "a question, its right and its wrong answers"
    assert set(drawn) == {("asked", AS_IT_IS), ("mined", hardest)}


def test_questions_of_few_words_are_about_units_with_their_names(
    bert: Bert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = spied_draws(monkeypatch)
    asked: list[str] = []
    tokenise = tokeniser(bert.tokenizer)

    def tokens(texts: Sequence[str], longest: int) -> list[list[int]]:
        asked.extend(texts)
        return tokenise(texts, longest)

    def spying_tokeniser(_: str) -> Callable[[Sequence[str], int], list[list[int]]]:
        return tokens

    monkeypatch.setattr(module, "tokeniser", spying_tokeniser)
    hardest = Hardening(0, 0, 0, 1, 1, 1)
    config = dataclasses.replace(CONFIG, steps=4, hardening=hardest, few_words={"short": 1})
    query = "pinned version from the lock file"
    sources = {
        name: [dataclasses.replace(sample, query=query) for sample in samples(name)]
        for name in ("short", "long")
    }
    train_cross(bert, sources, {}, config, tmp_path)
    assert set(drawn) == {("long", hardest), ("short", Hardening(0, 0, 0, 0, 0, 1))}
    short = [text for text in asked if text in {few_words(query, Random(seed)) for seed in range(99)}]
    assert len(short) == sum(source == "short" for source, _ in drawn) / 3
    assert asked.count(query) == sum(source == "long" for source, _ in drawn) / 3


def test_long_gradients_are_shortened(bert: Bert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[float] = []

    def spy(loss: torch.Tensor, optimiser: torch.optim.Optimizer, longest: float) -> None:
        descend(loss, optimiser, longest)
        groups = optimiser.param_groups
        lengths.append(float(sum((p.grad**2).sum() for group in groups for p in group["params"])) ** 0.5)

    monkeypatch.setattr(training, "descend", spy)
    trained(bert, tmp_path)
    assert len(lengths) == 6
    assert max(lengths) == pytest.approx(1, abs=1e-3)


# --- what is chosen from


def drawn_places(
    nearest: list[list[Ids]], wrong: int, count: int = 6, nearest_first: bool = False
) -> list[tuple[int, list[int]]]:
    own = [Sample("read", Passage("", "", "", "", f"{i}"), "p", "docs") for i in range(count)]
    lists = [{"docs": near} for near in nearest]
    choices = Choices({"docs": own}, {}, lists, wrong, nearest_first=nearest_first)
    random = Random(0)
    drawn = [choices.draw(random) for _ in range(200)]
    return [(int(c.right.passage.body), [int(s.passage.body) for s in c.wrong]) for c in drawn]


def near(*places: list[int]) -> list[Ids]:
    return [np.array(own, np.int64) for own in places]


def test_wrong_answers_come_from_both_lists() -> None:
    package = near([1], [0], [], [], [], [])
    language = near([1, 2, 3], [2, 3, 4], [], [0, 1, 2, 4, 5], [], [])
    drawn = drawn_places([package, language], 2)
    assert {place for place, _ in drawn} == {0, 1, 3}, "only those that something is near"
    for place, wrong in drawn:
        assert len(set(wrong)) == 2
        assert set(wrong) <= {*package[place].tolist(), *language[place].tolist()}
    # Of two lists each is as likely, however long: the one of the package is drawn from in three of four.
    firsts = [1 in wrong for place, wrong in drawn if place == 0]
    assert 0.7 < np.mean(firsts) < 0.95


NOTHING: list[list[int]] = [[]] * 7


def test_nearest_first_the_first_of_the_first_list_are_drawn_most() -> None:
    package = near([1, 2, 3, 4, 5], *NOTHING)
    language = near([6, 7], *NOTHING)
    drawn = [wrong[0] for _, wrong in drawn_places([package, language], 1, 8, nearest_first=True)]
    counts = [drawn.count(place) for place in range(8)]
    assert counts[0] == 0
    assert min(counts[1:6]) > 0
    assert counts[1] > counts[3]
    assert 0.75 < sum(counts[1:6]) / 200 < 0.95
    everything = [wrong for _, wrong in drawn_places([package, language], 7, 8, nearest_first=True)]
    assert all(sorted(wrong) == [1, 2, 3, 4, 5, 6, 7] for wrong in everything)


def test_nearest_first_what_looks_more_like_the_answer_is_wrong_too(
    bert: Bert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []

    def spy(
        model: EmbeddingModel,
        sources: Mapping[str, Sequence[Sample]],
        count: int,
        group: Callable[[Sample], Hashable],
        smallest: int,
        likeness: float | None,
    ) -> Nearest:
        asked.append(likeness)
        return nearest_samples(model, sources, count, group, smallest, likeness)

    monkeypatch.setattr(module, "nearest_samples", spy)
    for first in (False, True):
        trained(bert, tmp_path / f"{first}", dataclasses.replace(CONFIG, nearest_first=first))
    assert asked == [LIKE_THE_RIGHT_ONE] * 2 + [None] * 2


def test_others_stand_in_for_wrong_answers_that_are_not_there() -> None:
    drawn = drawn_places([near([1], [], [], [])], 3, count=4)
    assert all(place == 0 and wrong[0] == 1 for place, wrong in drawn)
    assert {other for _, wrong in drawn for other in wrong[1:]} == {1, 2, 3}, "never the right one"


def test_sources_are_drawn_by_their_weights() -> None:
    sources = {name: samples(name) for name in ("often", "seldom")}
    everything = {name: near(*([(i + 1) % 6] for i in range(6))) for name in sources}
    choices = Choices(sources, {"often": 0.8, "seldom": 0.2}, [everything], 1)
    random = Random(0)
    drawn = [choices.draw(random) for _ in range(300)]
    assert 0.7 < np.mean([choice.right.source == "often" for choice in drawn]) < 0.9
    assert all(choice.right.source == choice.wrong[0].source for choice in drawn)
    assert choices.fingerprint != Choices(sources, {}, [everything], 1).fingerprint
    reverse = {name: near(*([(i + 5) % 6] for i in range(6))) for name in sources}
    assert Choices(sources, {}, [everything], 1).fingerprint != Choices(sources, {}, [reverse], 1).fingerprint


def test_near_is_of_the_same_package_or_not_in_small_ones() -> None:
    own = [dataclasses.replace(sample, group=f"{i % 2}") for i, sample in enumerate(samples())]
    found = nearest_samples(load_default(), {"docs": own}, 5, of_package)["docs"]
    assert any(places.size for places in found)
    for place, places in enumerate(found):
        others: list[int] = places.tolist()
        assert {own[other].group for other in others} <= {own[place].group}
    assert not any(p.size for p in nearest_samples(load_default(), {"d": own}, 5, of_package, 4)["d"])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_source_without_wrong_answers_is_told(bert: Bert, tmp_path: Path, count: int) -> None:
    sources = {"pairs": samples(), "few": samples()[:count]}
    with pytest.raises(TrainingDataError, match=r"No question of few .* Give it more pairs"):
        train_cross(bert, sources, {}, CONFIG, tmp_path)


# --- the command

RECIPE = """
[deep]
base = "BASE"
[[deep.run]]
name = "all"
files = { "pairs.jsonl" = 1.0 }
[cross]
set = { minutes = 1e9, learning_rate = 0.01, questions = 4, negatives = 2, unit_tokens = 24 }
[[cross.run]]
name = "first"
set = { steps = 3, warm_up = 1 }
files = { "pairs.jsonl" = 1.0 }
[[cross.run]]
name = "second"
set = { steps = 2, seed = 8 }
files = { "pairs.jsonl" = 0.5 }
"""


def recipe(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "models.toml"
    path.write_text(text.replace("BASE", str(folder)), "utf-8")
    return path


def test_the_command_goes_on_from_the_deep_model_run_by_run(bert: Bert, tmp_path: Path) -> None:
    rows = [{"query": s.query, "code": s.passage.body, "language": "", "group": "p"} for s in samples()]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    name = "encoder.layer.1.output.dense.bias"
    tuned = {name: bert.weights[name] + 2}
    (tmp_path / "deep").mkdir()
    write_tuned(tmp_path / "deep" / TUNED, tuned)
    out = tmp_path / "cross"
    cross(recipe(tmp_path), tmp_path, deep=tmp_path / "deep", share=0.5, out=out)

    about = json.loads((out / "training.json").read_text())
    assert (about["kind"], about["base"], about["share"]) == ("cross-encoder", str(tmp_path), 0.5)
    assert [(run["name"], run["steps"], run["settings"]["seed"]) for run in about["runs"]] == [
        ("first", 3, 0),
        ("second", 2, 8),
    ]
    sources = {"pairs.jsonl": read_samples(tmp_path / "pairs.jsonl")}
    first, second = read_cross_runs(recipe(tmp_path))
    start = mixed(bert, tuned, 0.5)
    one = train_cross(start, sources, first.weights, first.config, tmp_path / "one")
    both = train_cross(
        with_head(start, one.weights), sources, second.weights, second.config, tmp_path / "two"
    )
    found = read_tuned(out / CROSS)
    assert found.keys() == both.weights.keys()
    for key, weight in both.weights.items():
        np.testing.assert_allclose(found[key], weight, atol=1e-5)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[cross]", "[crossed]", r"no table \[cross\]"),
        ("[[cross.run]]", "[[cross.runs]]", r"\[cross\] needs a table \[\[cross.run\]\]"),
        ("steps = 3", "step = 3", "no setting “step”"),
        ("seed = 8", "layers = 2", "no setting “layers”"),
        ('name = "second"', 'name = "first"', "two runs have one name"),
    ],
)
def test_wrong_recipes_are_told(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = RECIPE.replace(before, after)
    if before == "[cross]":
        text = text.replace("cross.run", "crossed.run")
    with pytest.raises(TrainingError, match=message):
        read_cross_runs(recipe(tmp_path, text))


def test_the_runs_that_ship_can_be_read() -> None:
    path = Path("training/models.toml")
    runs, wider = read_cross_runs(path), read_runs(path).runs[-1]
    assert [(run.name, run.config.seed) for run in runs] == [
        ("first", 7),
        ("second", 8),
        ("third", 9),
        ("fourth", 10),
    ]
    assert set(runs[-1].config.few_words) < set(runs[-1].weights)
    assert [run.weights for run in runs[:3]] == [wider.weights] * 3
    assert runs[3].weights.keys() == wider.weights.keys()
    assert [run.config.nearest_first for run in runs] == [False, False, False, True]
    assert {(run.config.plain, run.config.bfloat16, run.config.questions) for run in runs} == {
        (("cosqa",), True, 20)
    }
