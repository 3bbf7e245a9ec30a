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
from mindgap_indexer.ranking.learned import DEEP_MODES, MODES, READ_MODES, closeness, in_files
from mindgap_indexer.ranking.sureness import hit_signs, sureness
from mindgap_indexer.types import Float32, Mode
from mindgap_training.errors import TrainingDataError
from mindgap_training.ranker import nameless
from mindgap_training.ranker.example import Example
from mindgap_training.torch_seam import tensor

_COHERENCE = FEATURES.index("coherence")
_SHAPES = tuple(name for name in FEATURES if name.startswith("shape"))
_DEEP = ("deep", "deep_cosine")
_TOPIC = "topic"
_SPELLINGS = tuple(name for name in FEATURES if name.startswith("spelling"))


@dataclass(frozen=True, slots=True)
class FitConfig:
    """The numbers of a fit."""

    weight_decay: float = 3e-3
    inside_decay: float = 1e-2
    """Holds what tells the functions of a file apart near what tells files apart; chosen by the hand-written
    sets and unseen packages, see docs/quality.md."""
    topic_weight: float = 8.0
    """A question about a topic counts so many times: of the kind that people type most, it is the rarer, and
    what it asks for, a whole file, depends on other features."""
    cross_inside: float = 3.0
    """Among the functions of a file, the cross-encoder counts so many times what is fitted on top of weights
    that were fitted to the same questions; chosen by the hand-written sets and unseen packages, see
    docs/quality.md."""
    deep_where_scattered: float = 2.0
    """In a pile of snippets, which no question here is asked of, the deep tier and its cross-encoder count so
    many times what is fitted; chosen by CoSQA, MBPP and pseudocode without names, see docs/quality.md."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which questions teach a mode, and by which features."""

    kinds: frozenset[str]
    left_out: frozenset[str]
    false_abstention: float = 0.01
    """Share of the answerable questions that may be called unanswerable …"""
    false_abstention_deep: float = 0.05
    """… with the deep tier, which tells the two apart better."""
    signs: frozenset[str] | None = None
    """What sureness goes by; None for everything."""


_READINGS = {
    Mode.NATURAL_LANGUAGE: _Reading(frozenset({"nl", _TOPIC}), frozenset({*_SPELLINGS, *_SHAPES})),
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

Weights = dict[str, dict[str, dict[str, float]]]
"""By mode: `first`, `final`, `inside`, `scattered` and `sureness`."""


def fit(examples: Sequence[Example], deep: bool, config: FitConfig | None = None) -> Weights:
    """Weights for every mode, with the deep tier for those that ask it.

    Code is ranked like pseudocode, which it is the extreme of.
    """
    config = config or FitConfig()
    asked = {mode: reading for mode, reading in _READINGS.items() if mode in (DEEP_MODES if deep else MODES)}
    fitted = {
        mode.value: _fit_mode(examples, mode, reading, config, deep=deep) for mode, reading in asked.items()
    }
    fitted[Mode.CODE.value] = fitted[Mode.PSEUDOCODE.value]
    return fitted


def fit_read(examples: Sequence[Example], config: FitConfig | None = None) -> Weights:
    """Weights for the modes that a cross-encoder reads, where it has read."""
    config = config or FitConfig()
    return {
        mode.value: _fit_mode(examples, mode, _READINGS[mode], config, deep=True, read=True)
        for mode in READ_MODES
    }


def _fit_mode(
    examples: Sequence[Example],
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
    counts = [config.topic_weight if e.kind == _TOPIC else 1.0 for e in rows]
    decay = config.weight_decay
    first = _softmax_fit(rows, counts, columns, decay)
    final = first
    if "coherence" not in left_out:
        _fill_coherence(rows, first)
        final = _softmax_fit(rows, counts, [*columns, _COHERENCE], decay)
    # Where no two functions share a file, a question about a topic is one about a function.
    functions = [row for row in rows if row.kind != _TOPIC] or rows
    scattered, inside = first.copy(), final
    if len(functions) < len(rows):
        scattered = _softmax_fit(functions, [1.0] * len(functions), columns, decay)
        inside = _refit(functions, final, columns, config.inside_decay, files=True)
    scale = config.deep_where_scattered if deep and len(functions) < len(rows) else 1.0
    if read:
        # One number from hundreds of questions needs nothing to hold it down.
        scattered = _refit(functions, scattered, [CROSS], 0.0)
        inside = _refit(functions, inside, [CROSS], 0.0, files=True)
        inside[CROSS] *= config.cross_inside
    scattered[[FEATURES.index(name) for name in (*_DEEP, "cross")]] *= scale
    # How sure an answer is depends on words, and a question without any name has few.
    asked = [e for e in examples if e.mode is mode and e.kind != nameless.KIND]
    allowed = reading.false_abstention_deep if deep else reading.false_abstention
    sure = _fit_sureness(asked, (first, final, inside), reading.signs, allowed, read=read)
    return {
        "first": _named(first),
        "final": _named(final),
        "inside": _named(inside),
        "scattered": _named(scattered),
        "sureness": sure,
    }


def _refit(
    rows: Sequence[Example], weights: Float32, columns: Sequence[int], decay: float, *, files: bool = False
) -> Float32:
    """These weights (features,), changed in some columns as far as that helps.

    With `files`, they leave files in the order of the weights as they were.
    """
    before = [row.features @ weights for row in rows]
    return weights + _softmax_fit(rows, [1.0] * len(rows), columns, decay, before, files=files)


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
    files: bool = False,
) -> Float32:
    """Weights (features,), zero but in these columns; `before` are scores (candidates,) that they add to.

    With `files`, the best of each file stays as good as it was before.
    """
    x = tensor(np.concatenate([row.features[:, columns] for row in rows]))
    fixed = tensor(np.concatenate(before)) if before else torch.zeros(len(x))
    right = tensor(np.concatenate([row.answers for row in rows]).astype(np.float32))
    owners = torch.repeat_interleave(torch.tensor([len(row.answers) for row in rows]))
    weight = torch.tensor(counts) / sum(counts)
    keep = _keep_files(rows, fixed) if files else None

    def loss(w: Tensor) -> Tensor:
        scores = fixed + x @ w
        scores = keep(scores) if keep else scores
        peaks = torch.full((len(rows),), -1e9).scatter_reduce(0, owners, scores.detach(), "amax")
        shares = torch.exp(scores - peaks[owners])
        zeros = torch.zeros(len(rows))
        whole, own = (zeros.index_add(0, owners, part) for part in (shares, shares * right))
        return ((torch.log(whole) - torch.log(own + 1e-9)) * weight).sum()

    fitted = np.zeros(len(FEATURES), np.float32)
    fitted[list(columns)] = _minimise(loss, len(columns), decay)
    return fitted


def _keep_files(rows: Sequence[Example], before: Tensor) -> Callable[[Tensor], Tensor]:
    """`in_files` of all rows at once, through which gradients flow."""
    numbers, count = list[Tensor](), 0
    for row in rows:
        numbers.append(torch.tensor(file_numbers(row.candidates).tolist()) + count)
        count = int(numbers[-1].max()) + 1
    files = torch.cat(numbers)

    def best(scores: Tensor) -> Tensor:
        return torch.full((count,), -torch.inf).scatter_reduce(0, files, scores, "amax")

    kept = best(before)
    return lambda scores: scores + (kept - best(scores))[files]


def _fit_sureness(
    asked: Sequence[Example],
    weights: tuple[Float32, Float32, Float32],
    signs: frozenset[str] | None,
    false_abstention: float,
    *,
    read: bool,
) -> dict[str, float]:
    """Logistic weights, and the least sureness of an answer; `weights` are first, final and inside."""
    if len({example.answerable for example in asked}) < 2:
        raise TrainingDataError("Sureness is learned from answerable and from other questions; give both.")
    said = [_signs(example, *weights) for example in asked]
    known = (name for name in said[0] if read or not name.endswith("_cross"))
    names = sorted(name for name in known if signs is None or name in signs)
    x = torch.tensor([[row[name] for name in names] for row in said])
    answerable = torch.tensor([float(example.answerable) for example in asked])
    # Both classes count the same, whatever their numbers.
    weight = answerable / answerable.sum() + (1 - answerable) / (1 - answerable).sum()

    def loss(w: Tensor) -> Tensor:
        costs = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, answerable, reduction="none")
        return (costs * weight).sum() / 2

    fitted = dict(zip(names, map(float, _minimise(loss, len(names), 1e-4)), strict=True))
    sure = [sureness(row, fitted) for row, example in zip(said, asked, strict=True) if example.answerable]
    return {**fitted, "least": float(np.quantile(sure, false_abstention))}


def _signs(example: Example, first: Float32, final: Float32, inside: Float32) -> Mapping[str, float]:
    _fill_coherence([example], first)
    features = example.features
    scores = in_files(example.candidates, features @ final, features @ inside)
    order = np.argsort(-scores, kind="stable").tolist()
    return {**example.signs, **hit_signs(features, order)}


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
