"""Fitting the weights: the right answer more likely than all other candidates, and sure when it is there.

Listwise softmax: -log of the share that the answers have in sum of exp(score), as in Z. Cao et al., Learning
to rank: from pairwise approach to listwise approach, 2007. A few dozen weights, so L-BFGS to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mindgap_indexer.ranking.cross import CROSS
from mindgap_indexer.ranking.features import FEATURES, coherence, file_numbers
from mindgap_indexer.ranking.learned import (
    DEEP_MODES,
    MODES,
    READ_MODES,
    ModeWeights,
    closeness,
    contributions,
)
from mindgap_indexer.ranking.logistic import probability
from mindgap_indexer.ranking.query import parse_query
from mindgap_indexer.ranking.sureness import hit_signs
from mindgap_indexer.ranking.topics import TOPIC, topic_share, topic_signs
from mindgap_indexer.types import Float32, Mode
from mindgap_training.errors import TrainingDataError
from mindgap_training.ranker import nameless
from mindgap_training.ranker.example import Example
from mindgap_training.torch_seam import tensor

_COHERENCE = FEATURES.index("coherence")
_SHAPES = tuple(name for name in FEATURES if name.startswith("shape"))
_DEEP = ("deep", "deep_cosine")
_WHOLE = ("semantic", "semantic_cosine", *_DEEP, "cross")
"""What a model says of question and function as a whole."""
_SPELLINGS = tuple(name for name in FEATURES if name.startswith("spelling"))


@dataclass(frozen=True, slots=True)
class FitConfig:
    """The numbers of a fit."""

    weight_decay: float = 3e-3
    functions_decay: float = 1e-2
    """Holds what tells the functions of a file apart near what tells all candidates apart; chosen by the
    hand-written sets and unseen packages, see docs/quality.md."""
    topic_weight: float = 8.0
    """A question about a topic counts so many times: of the kind that people type most, it is the rarer, and
    what it asks for, a whole file, depends on other features."""
    cross_factor: float = 2.0
    """The cross-encoder counts so many times what is fitted on top of weights that were fitted to the same
    questions; chosen by the hand-written sets and unseen packages, see docs/quality.md."""
    vectors_where_scattered: float = 2.0
    """In a pile of snippets, which no question here is asked of, vectors and the cross-encoder count so many
    times what is fitted; chosen by CoSQA, MBPP and pseudocode without names, see docs/quality.md."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which questions teach a mode, and by which features."""

    kinds: frozenset[str]
    left_out: frozenset[str]
    false_abstention: float = 0.01
    """Share of the answerable questions that may be called unanswerable …"""
    false_abstention_deep: float = 0.08
    """… with the deep tier, which tells the two apart better; of the sets of docs/quality.md it is half."""
    signs: frozenset[str] | None = None
    """What sureness goes by; None for everything."""


_READINGS = {
    Mode.NATURAL_LANGUAGE: _Reading(frozenset({"nl", TOPIC}), frozenset({*_SPELLINGS, *_SHAPES})),
    # At one in a hundred of the training questions, eight in a hundred hand-written ones were sent away.
    Mode.PSEUDOCODE: _Reading(
        frozenset({"pseudocode", nameless.KIND}), frozenset({*_SPELLINGS, "coherence"}), 0.003, 0.02
    ),
    # A name is there or not: what else is similar tells nothing. Most who ask spell well, so that the few who
    # do not would be the ones to be sent away.
    Mode.SYMBOL: _Reading(
        frozenset({"symbol"}),
        frozenset({"coherence", *_SHAPES}),
        signs=frozenset({"first_letters", "first_pieces", "first_spelt_words", "first_short", "bias"}),
    ),
}

Topic = dict[str, float]
"""Logistic weights over the signs of a question about a topic."""
Weights = dict[str, dict[str, dict[str, float]]]
"""By mode: `first`, `functions`, `files` (in plain words only), `scattered` and `sureness`."""


def fit_topic(examples: Sequence[Example], config: FitConfig | None = None) -> Topic:
    """What tells questions about a topic from those about one function, by how they are worded."""
    config = config or FitConfig()
    kinds = _READINGS[Mode.NATURAL_LANGUAGE].kinds
    asked = {example.text: example.kind for example in examples if example.kind in kinds}
    if len(set(asked.values())) < 2:
        raise TrainingDataError("Questions about topics and about single functions are needed; give both.")
    about = torch.tensor([float(kind == TOPIC) for kind in asked.values()])
    return _fit_logistic([topic_signs(text) for text in asked], about, 1 + about * (config.topic_weight - 1))


def fit(examples: Sequence[Example], topic: Topic, deep: bool, config: FitConfig | None = None) -> Weights:
    """Weights for every mode, with the deep tier for those that ask it.

    Code is ranked like pseudocode, which it is the extreme of.
    """
    config = config or FitConfig()
    asked = {mode: reading for mode, reading in _READINGS.items() if mode in (DEEP_MODES if deep else MODES)}
    fitted = {
        mode.value: _fit_mode(examples, topic, mode, reading, config, deep=deep)
        for mode, reading in asked.items()
    }
    fitted[Mode.CODE.value] = fitted[Mode.PSEUDOCODE.value]
    return fitted


def fit_read(examples: Sequence[Example], topic: Topic, config: FitConfig | None = None) -> Weights:
    """Weights for the modes that a cross-encoder reads, where it has read."""
    config = config or FitConfig()
    return {
        mode.value: _fit_mode(examples, topic, mode, _READINGS[mode], config, deep=True, read=True)
        for mode in READ_MODES
    }


def _fit_mode(
    examples: Sequence[Example],
    topic: Topic,
    mode: Mode,
    reading: _Reading,
    config: FitConfig,
    *,
    deep: bool,
    read: bool = False,
) -> dict[str, dict[str, float]]:
    rows = [e for e in examples if e.kind in reading.kinds and e.answers.any()]
    if len(rows) < 10:
        raise TrainingDataError(f"{len(rows)} questions are too few to fit the mode {mode.value}.")
    left_out = reading.left_out if deep else reading.left_out | frozenset(_DEEP)
    late = (_COHERENCE, CROSS)  # known when there is an order already
    columns = [i for i, name in enumerate(FEATURES) if name not in left_out and i not in late]
    counts = [config.topic_weight if e.kind == TOPIC else 1.0 for e in rows]
    decay = config.weight_decay
    first = functions = scattered = _softmax_fit(rows, counts, columns, decay)
    files = np.zeros_like(first)
    if "coherence" not in left_out:
        _fill_coherence(rows, first)
        functions = _softmax_fit(rows, counts, [*columns, _COHERENCE], decay)
    if TOPIC in reading.kinds:
        about = [row for row in rows if row.kind == TOPIC]
        rows = [row for row in rows if row.kind != TOPIC]
        files = _softmax_fit(about, [1.0] * len(about), [*columns, _COHERENCE], decay, of_files=True)
        functions = _refit(rows, functions, columns, config.functions_decay, keep_files=True)
        # Where no two functions share a file, a question about a topic is one about a function.
        scattered = _softmax_fit(rows, [1.0] * len(rows), columns, decay)
    if read:
        # One number from hundreds of questions needs nothing to hold it down.
        scattered = _refit(rows, scattered, [CROSS], 0.0)
        functions = _refit(rows, functions, [CROSS], 0.0)
        functions[CROSS] *= config.cross_factor
    if TOPIC in reading.kinds:
        scattered[[FEATURES.index(name) for name in _WHOLE]] *= config.vectors_where_scattered
    weights = ModeWeights(first, functions, files, scattered, {}, 0.0)
    # How sure an answer is depends on words, and a question without any name has few.
    asked = [e for e in examples if e.mode is mode and e.kind != nameless.KIND]
    allowed = reading.false_abstention_deep if deep else reading.false_abstention
    sure = _fit_sureness(asked, topic, weights, reading.signs, allowed, read=read)
    named = {"first": first, "functions": functions, "files": files, "scattered": scattered}
    return {**{name: _named(values) for name, values in named.items() if values.any()}, "sureness": sure}


def _refit(
    rows: Sequence[Example],
    weights: Float32,
    columns: Sequence[int],
    decay: float,
    *,
    keep_files: bool = False,
) -> Float32:
    """These weights (features,), changed in some columns as far as that helps.

    With `keep_files`, only the order within files is to get better: that of files stays as it was.
    """
    before = [row.features @ weights for row in rows]
    return weights + _softmax_fit(rows, [1.0] * len(rows), columns, decay, before, keep_files=keep_files)


def _fill_coherence(rows: Sequence[Example], first: Float32) -> None:
    for row in rows:
        row.features[:, _COHERENCE] = coherence(row.candidates, closeness(row.features @ first))


def _softmax_fit(
    rows: Sequence[Example],
    counts: Sequence[float],
    columns: Sequence[int],
    decay: float,
    before: Sequence[Float32] | None = None,
    *,
    keep_files: bool = False,
    of_files: bool = False,
) -> Float32:
    """Weights (features,), zero but in these columns; `before` are scores (candidates,) that they add to.

    With `keep_files`, the best of each file stays as good as it was before; with `of_files`, files are what
    is ranked, by their best, and right are those with a right candidate.
    """
    x = tensor(np.concatenate([row.features[:, columns] for row in rows]))
    fixed = tensor(np.concatenate(before)) if before else torch.zeros(len(x))
    right = tensor(np.concatenate([row.answers for row in rows]).astype(np.float32))
    owners = torch.repeat_interleave(torch.tensor([len(row.answers) for row in rows]))
    weight = torch.tensor(counts) / sum(counts)
    files = _files(rows)
    best = _best_of(files)
    kept = best(fixed)
    if of_files:
        right, owners = best(right), best(owners)

    def loss(w: Tensor) -> Tensor:
        scores = fixed + x @ w
        if keep_files:
            scores = scores + (kept - best(scores))[files]
        if of_files:
            scores = best(scores)
        peaks = torch.full((len(rows),), -1e9).scatter_reduce(0, owners, scores.detach(), "amax")
        shares = torch.exp(scores - peaks[owners])
        zeros = torch.zeros(len(rows))
        whole, own = (zeros.index_add(0, owners, part) for part in (shares, shares * right))
        return ((torch.log(whole) - torch.log(own + 1e-9)) * weight).sum()

    fitted = np.zeros(len(FEATURES), np.float32)
    fitted[list(columns)] = _minimise(loss, len(columns), decay)
    return fitted


def _files(rows: Sequence[Example]) -> Tensor:
    """The file of each candidate of all rows, (candidates,): numbers from 0, no two rows share one."""
    numbers, count = list[Tensor](), 0
    for row in rows:
        numbers.append(torch.tensor(file_numbers(row.candidates).tolist()) + count)
        count = int(numbers[-1].max()) + 1
    return torch.cat(numbers)


def _best_of(files: Tensor) -> Callable[[Tensor], Tensor]:
    """Gives the highest value (files,) of each file from those of its candidates; gradients flow through."""
    count = int(files.max()) + 1
    return lambda values: torch.zeros(count, dtype=values.dtype).scatter_reduce(
        0, files, values, "amax", include_self=False
    )


def _fit_sureness(
    asked: Sequence[Example],
    topic: Topic,
    weights: ModeWeights,
    signs: frozenset[str] | None,
    false_abstention: float,
    *,
    read: bool,
) -> dict[str, float]:
    """Logistic weights, and the least sureness of an answer; `weights` have neither yet."""
    if len({example.answerable for example in asked}) < 2:
        raise TrainingDataError("Sureness is learned from answerable and from other questions; give both.")
    said = [_signs(example, topic, weights) for example in asked]
    known = [name for name in said[0] if read or not name.endswith("_cross")]
    said = [{name: row[name] for name in known if signs is None or name in signs} for row in said]
    answerable = torch.tensor([float(example.answerable) for example in asked])
    # Both classes count the same, whatever their numbers.
    weight = answerable / answerable.sum() + (1 - answerable) / (1 - answerable).sum()
    fitted = _fit_logistic(said, answerable, weight)
    sure = [probability(row, fitted) for row, example in zip(said, asked, strict=True) if example.answerable]
    return {**fitted, "least": float(np.quantile(sure, false_abstention))}


def _signs(example: Example, topic: Topic, weights: ModeWeights) -> dict[str, float]:
    share = topic_share(parse_query(example.text, example.mode), topic)
    _, scores = contributions(weights, example.candidates, example.features, share)
    order = np.argsort(-scores, kind="stable").tolist()
    return {**example.signs, TOPIC: share, **hit_signs(example.features, order)}


def _fit_logistic(signs: Sequence[Mapping[str, float]], target: Tensor, weight: Tensor) -> dict[str, float]:
    """Logistic weights for rows of signs that are to say `target` (rows,), each with so much weight."""
    names = sorted(signs[0])
    x = torch.tensor([[row[name] for name in names] for row in signs])

    def loss(w: Tensor) -> Tensor:
        costs = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, target, reduction="none")
        return (costs * weight).sum() / weight.sum()

    return dict(zip(names, map(float, _minimise(loss, len(names), 1e-4)), strict=True))


def _minimise(loss: Callable[[Tensor], Tensor], size: int, decay: float) -> Float32:
    w = torch.zeros(size, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], lr=0.5, max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(w) + decay * (w * w).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found: Float32 = w.detach().numpy()
    return found


def _named(weights: Float32) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True) if w}
