from __future__ import annotations

import numpy as np
import pytest

from mindgap_training.metrics import (
    best_threshold,
    classify,
    difference,
    estimate,
    rank_metrics,
    right_ranks,
)
from mindgap_training.negatives import mine_hard_negatives, number_texts


def row(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_ranks_count_from_one_and_ties_share_the_middle() -> None:
    assert right_ranks(row(0.1, 0.9, 0.5), [1]).tolist() == [1]
    assert right_ranks(row(0.1, 0.9, 0.5), [2, 0]).tolist() == [2, 3]
    assert right_ranks(row(0, 0, 0), [2]).tolist() == [2]


def test_metrics_of_known_ranks() -> None:
    scores = np.array([[3, 2, 1, 0], [3, 2, 1, 0]], np.float32)
    found = rank_metrics(scores, [[0], [1, 3]])
    assert found["accuracy@1"].tolist() == [1, 0]
    assert found["mrr"].tolist() == [1, 0.5]
    assert found["recall@1"].tolist() == [1, 0]
    assert found["recall@5"].tolist() == [1, 1]
    ideal = 1 + 1 / np.log2(3)
    assert found["ndcg@10"][1] == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / ideal)


def test_bootstrap_is_seeded_and_holds_the_mean() -> None:
    values = np.random.default_rng(0).uniform(size=200)
    found = estimate(values, 1)
    assert found == estimate(values, 1)
    assert found.low < values.mean() < found.high
    assert 0.04 < found.high - found.low < 0.12
    assert difference(values + 0.1, values).low == pytest.approx(0.1)


def test_threshold_separates_and_equal_scores_stay_together() -> None:
    threshold = best_threshold(row(0.9, 0.8, 0.7), row(0.1, 0.2, 0.6))
    assert threshold == pytest.approx(0.65)
    assert classify(row(0.9, 0.5), row(0.1, 0.7), threshold).f1 == pytest.approx(0.5)
    assert classify(row(0.9, 0.5), row(0.1, 0.7), threshold).accuracy == pytest.approx(0.5)
    assert best_threshold(row(0.5, 0.5), row(0.5, 0.5)) == pytest.approx(0.5)


def test_hard_negatives_are_the_most_similar_wrong_answers() -> None:
    codes = np.array([[1, 0], [0.9, 0.1], [0, 1], [1, 0]], np.float32)
    found = mine_hard_negatives(codes, codes, number_texts(["a", "b", "c", "a"]), 1)
    assert found[:, 0].tolist() == [1, 0, 1, 1]
    assert mine_hard_negatives(codes, codes, number_texts(list("abcd")), 1, skip=1)[0].tolist() == [1]
    assert mine_hard_negatives(codes, codes, number_texts(list("abcd")), 0).shape == (4, 0)
