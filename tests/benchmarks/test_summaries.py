"""Means, intervals, worst questions, and what abstaining costs."""

from __future__ import annotations

from dataclasses import replace
from operator import eq, lt

import pytest
from benchmarks.quality.judging import ON_ABSENT, ON_ANSWERABLE
from benchmarks.quality.parts import PARTS
from benchmarks.quality.report import gains, table
from benchmarks.quality.summaries import curve, estimate, gain, summarise, worst
from benchmarks.quality.types import Outcome


def make_outcome(
    question: str, figures: dict[str, float], kind: str = "nl", certainty: float = 0.5
) -> Outcome:
    return Outcome(
        question=question, text="what", collection="one", language="go", kind=kind, figures=figures,
        abstained=False, certainty=certainty, wanted=("a.go",), got=("b.go:1 f",),
    )  # fmt: skip


def test_the_mean_of_means_weighs_each_group_alike() -> None:
    found = estimate([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"])
    assert (found.value, found.low, found.high, found.questions) == (0.5, 0.5, 0.5, 4)


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [0.0, 1.0] * 50
    found = estimate(values, [""] * 100)
    assert 0.35 < found.low < found.value == 0.5 < found.high < 0.65
    assert found == estimate(values, [""] * 100)


def test_a_target_looks_at_its_kinds_alone() -> None:
    handmade = next(part for part in PARTS if part.name == "handmade")
    outcomes = [
        make_outcome("1", {"recall@1": 1.0, "recall@5": 1.0}),
        make_outcome("2", {"recall@1": 0.0, "recall@5": 0.0}, kind="pseudocode"),
        make_outcome("3", {"recall@1": 0.0, "recall@5": 1.0}, kind="symbol"),
        make_outcome("4", {"abstained on absent": 1.0}, kind="absent"),
    ]
    targets = summarise(handmade, outcomes).targets
    assert targets["recall@5 nl+pseudocode"].value == 0.5
    assert targets["recall@1 symbol"].value == 0.0
    assert targets["abstained on absent"].questions == 1


def test_the_worst_come_first_and_only_those_that_the_first_target_asks() -> None:
    handmade = next(part for part in PARTS if part.name == "handmade")
    outcomes = [
        make_outcome("1", {"recall@5": 1.0}),
        make_outcome("2", {"recall@5": 0.0}),
        make_outcome("3", {"recall@5": 0.0}, kind="symbol"),
    ]
    assert [outcome.question for outcome in worst(handmade, outcomes)] == ["2", "1"]


def test_the_curve_says_what_a_threshold_would_do() -> None:
    here = [make_outcome(f"h{i}", {ON_ANSWERABLE: 0.0}, certainty=(20 + i) / 100) for i in range(20)]
    there = [make_outcome(f"t{i}", {ON_ABSENT: 0.0}, certainty=(10 + 2 * i) / 100) for i in range(10)]
    found = curve([*here, *there])
    assert found is not None
    assert found.caught["0.05"] == pytest.approx(0.6)
    assert found.threshold["0.05"] == pytest.approx(0.21)
    # Of the ten absent ones at 0.10, 0.12 … 0.28 and the twenty at 0.20 … 0.39, ties counting half.
    less, equal = (
        sum(compare(t, h) for t in range(10, 30, 2) for h in range(20, 40)) for compare in (lt, eq)
    )
    assert found.auc == pytest.approx((less + equal / 2) / 200)


def test_without_both_kinds_there_is_no_curve() -> None:
    assert curve([make_outcome("1", {"mrr": 1.0})]) is None


def test_a_rival_of_one_part_leaves_the_rows_of_others_empty() -> None:
    handmade, symbols = (part for part in PARTS if part.name in {"handmade", "symbols"})
    figures = {"recall@1": 1.0, "recall@5": 1.0}
    ours = {part.name: summarise(part, [make_outcome("1", figures)]) for part in (handmade, symbols)}
    found = table(
        [handmade, symbols],
        {
            "handmade": {"instant": ours["handmade"]},
            "symbols": {"instant": ours["symbols"], "rival": ours["symbols"]},
        },
    )
    assert "| recall@5 nl+pseudocode | 1 | 1.000 ±0.000 | - | 0.60/0.68 |" in found
    assert "| symbols, distorted by rule | recall@1 | 1 | 1.000 ±0.000 | 1.000 ±0.000 |  |" in found


def test_the_lowest_language_is_shown_beside_the_mean() -> None:
    unseen = next(part for part in PARTS if part.name == "unseen")
    values = {"go": [1.0, 1.0], "lua": [0.5, 0.0], "php": [0.5, 0.5]}
    outcomes = [
        replace(make_outcome(f"{language}{place}", {"mrr": value}), language=language)
        for language, found in values.items()
        for place, value in enumerate(found)
    ]
    targets = summarise(unseen, outcomes).targets
    assert targets["mrr"].value == pytest.approx((1 + 0.25 + 0.5) / 3)
    assert targets["mrr of the lowest language"].value == 0.25


def test_a_gain_is_paired_by_question_and_says_whether_it_is_chance() -> None:
    cosqa = next(part for part in PARTS if part.name == "cosqa")
    first = [make_outcome(str(i), {"mrr": i % 2 / 2}) for i in range(40)]
    better = [make_outcome(str(i), {"mrr": i % 2 / 2 + 0.25}) for i in reversed(range(40))]
    found = gain(cosqa, cosqa.targets[0], better, first)
    assert found is not None
    assert (found.value, found.low, found.high, found.questions) == (0.25, 0.25, 0.25, 40)
    shown = gains([cosqa], {"cosqa": {"instant": first, "bm25": better}})
    assert "| CoSQA dev, 6,267 functions | mrr | +0.250 (+0.250 … +0.250) |" in shown


def test_there_is_no_gain_where_nothing_is_the_same() -> None:
    cosqa = next(part for part in PARTS if part.name == "cosqa")
    one, other = ([make_outcome(name, {"mrr": 1.0})] for name in ("1", "2"))
    assert gain(cosqa, cosqa.targets[0], one, other) is None
