"""Figures of retrieval and of telling right pairs from wrong ones, with bootstrap confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mindgap_indexer.types import Float32

Float64 = npt.NDArray[np.float64]
RECALL_AT = (1, 5, 10, 100)
NDCG_AT = 10
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or median and the interval that holds it in 95 of 100 resamplings."""

    value: float
    low: float
    high: float


def rank_metrics(scores: Float32, relevant: Sequence[Sequence[int]]) -> dict[str, Float64]:
    """Each figure per query, from scores (q, c) and the columns that are right for each query.

    `accuracy@1` and `mrr` look at the best right answer, `recall@k` and `ndcg@10` at all of them. Equal
    scores share the middle of their places, so that a method that cannot tell answers apart gains nothing.
    """
    names = ["accuracy@1", "mrr", f"ndcg@{NDCG_AT}", *(f"recall@{k}" for k in RECALL_AT)]
    per_query = np.zeros((len(names), len(scores)))
    for i, (row, right) in enumerate(zip(scores, relevant, strict=True)):
        ranks = right_ranks(row, right)
        ideal = _discounts(np.arange(1, len(ranks) + 1, dtype=np.float64)).sum()
        recalls = [(ranks <= k).sum() / len(ranks) for k in RECALL_AT]
        per_query[:, i] = [ranks[0] <= 1, 1 / ranks[0], _discounts(ranks).sum() / ideal, *recalls]
    return dict(zip(names, per_query, strict=True))


def right_ranks(scores: Float32, right: Sequence[int]) -> Float64:
    """Places (r,) of the right answers among scores (c,), best first, counted from 1."""
    ranks: list[float] = []
    for column in right:
        better = (scores > scores[column]).sum()
        equal = (scores == scores[column]).sum() - 1
        ranks.append(1 + better + equal / 2)
    return np.sort(np.array(ranks, np.float64))


def bootstrap(values: Float64, statistic: Callable[[Float64], Any], seed: int = 0) -> Estimate:
    """A statistic of values (n,) with its 95 % bootstrap interval."""
    random = np.random.default_rng(seed)
    found = [statistic(values[random.integers(0, len(values), len(values))]) for _ in range(RESAMPLES)]
    low, high = np.quantile(np.array(found, np.float64), (0.025, 0.975))
    return Estimate(float(statistic(values)), float(low), float(high))


def estimate(values: Float64, seed: int = 0) -> Estimate:
    """Mean of values per query (q,) with its 95 % bootstrap interval."""
    return bootstrap(values, np.mean, seed)


def difference(ours: Float64, theirs: Float64, seed: int = 0) -> Estimate:
    """Mean gain over the same queries (q,), paired: above 0 as a whole is no chance."""
    return estimate(ours - theirs, seed)


def estimates(per_query: Mapping[str, Float64], seed: int = 0) -> dict[str, Estimate]:
    """Every figure with its interval."""
    return {name: estimate(values, seed) for name, values in per_query.items()}


@dataclass(frozen=True, slots=True)
class Classification:
    """How well scores tell right pairs from random ones."""

    threshold: float
    """Chosen on training pairs."""
    f1: float
    accuracy: float


def best_threshold(aligned: Float32, random: Float32) -> float:
    """The score at which calling a pair right gives the highest F1 on these pairs."""
    scores = np.concatenate([aligned, random])
    is_right = np.concatenate([np.ones(len(aligned), bool), np.zeros(len(random), bool)])
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    found = np.cumsum(is_right[order])
    called = np.arange(1, len(order) + 1)
    f1 = 2 * found / (called + len(aligned))
    # A threshold cannot separate equal scores: only the last of each run counts.
    f1[:-1][ordered[:-1] == ordered[1:]] = -1
    best = int(f1.argmax())
    below = ordered[best + 1] if best + 1 < len(ordered) else ordered[best]
    return float((ordered[best] + below) / 2)


def classify(aligned: Float32, random: Float32, threshold: float) -> Classification:
    """F1 and accuracy of calling pairs right from a threshold on, on other pairs than it was chosen on."""
    true, false = int((aligned >= threshold).sum()), int((random >= threshold).sum())
    f1 = 2 * true / (true + false + len(aligned)) if true else 0.0
    accuracy = (true + len(random) - false) / (len(aligned) + len(random))
    return Classification(threshold, f1, accuracy)


def _discounts(ranks: Float64) -> Float64:
    gains: Float64 = np.where(ranks <= NDCG_AT, 1 / np.log2(ranks + 1), 0.0)
    return gains
