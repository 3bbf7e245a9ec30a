"""From outcomes to figures: means with bootstrap intervals, as a whole and by kind, language, collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from benchmarks.quality.judging import ON_ABSENT, ON_ANSWERABLE
from benchmarks.quality.types import Outcome, Part, Target

RESAMPLES = 1_000
WORST = 20
FALSE_ABSTENTION = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of answerable questions that an abstention may cost."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the interval that holds it in 95 of 100 resamplings of the questions."""

    value: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What abstaining below a certainty would catch, by the share of right questions that it would cost."""

    caught: Mapping[str, float]
    """Share of the questions without an answer."""
    threshold: Mapping[str, float]
    """The certainty below which to abstain."""
    auc: float
    """Chance that a question with an answer is more certain than one without."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One part in one variant."""

    figures: Mapping[str, Estimate]
    """Every figure over all questions that have it."""
    targets: Mapping[str, Estimate]
    """The figures of the part's targets, by label."""
    by_kind: Mapping[str, Mapping[str, Estimate]]
    by_language: Mapping[str, Mapping[str, Estimate]]
    by_collection: Mapping[str, Mapping[str, Estimate]]
    abstention: Curve | None


def summarise(part: Part, outcomes: Sequence[Outcome]) -> Summary:
    """All figures of a part in one variant."""
    return Summary(
        figures=_figures(outcomes, part.macro),
        targets={
            target.label: found
            for target in part.targets
            if (found := _target(target, outcomes, part.macro)) is not None
        },
        by_kind=_grouped(outcomes, lambda outcome: outcome.kind, part.macro),
        by_language=_grouped(outcomes, lambda outcome: outcome.language, part.macro),
        by_collection=_grouped(outcomes, lambda outcome: outcome.collection, ""),
        abstention=curve(outcomes),
    )


def curve(outcomes: Sequence[Outcome]) -> Curve | None:
    """The trade of abstention by certainty; None unless some questions have an answer and some have none."""
    here = np.sort([o.certainty for o in outcomes if ON_ANSWERABLE in o.figures])
    there = np.sort([o.certainty for o in outcomes if ON_ABSENT in o.figures])
    if not len(here) or not len(there):
        return None
    # At a threshold of the k-th smallest certainty, the k answers below it are lost.
    thresholds = {str(cost): float(here[int(cost * len(here))]) for cost in FALSE_ABSTENTION}
    below = np.searchsorted(there, here, "left") + np.searchsorted(there, here, "right")
    return Curve(
        caught={cost: float(np.mean(there < threshold)) for cost, threshold in thresholds.items()},
        threshold=thresholds,
        auc=float(below.mean() / 2 / len(there)),
    )


def gain(
    part: Part, target: Target, outcomes: Sequence[Outcome], others: Sequence[Outcome]
) -> Estimate | None:
    """What a variant has over another on the same questions, paired: an interval above 0 is no chance."""
    theirs = {outcome.question: outcome.figures for outcome in others}
    asked = [
        outcome
        for outcome in outcomes
        if (not target.kinds or outcome.kind in target.kinds)
        and target.figure in outcome.figures
        and target.figure in theirs.get(outcome.question, {})
    ]
    if not asked:
        return None
    differences = [o.figures[target.figure] - theirs[o.question][target.figure] for o in asked]
    return estimate(differences, [_group(outcome, part.macro) for outcome in asked])


def worst(part: Part, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The questions that were answered worst, by the part's first target."""
    figure, kinds = part.targets[0].figure, part.targets[0].kinds
    asked = [o for o in outcomes if figure in o.figures and (not kinds or o.kind in kinds)]
    return sorted(asked, key=lambda outcome: (outcome.figures[figure], outcome.question))[:WORST]


def estimate(values: Sequence[float], groups: Sequence[str], seed: int = 0) -> Estimate:
    """Mean over groups of the mean in each, resampled within each group."""
    by_group: dict[str, list[float]] = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        by_group[group].append(value)
    random = np.random.default_rng(seed)
    means = np.zeros(RESAMPLES)
    for members in by_group.values():
        drawn = random.integers(0, len(members), (RESAMPLES, len(members)))
        means += np.array(members)[drawn].mean(axis=1) / len(by_group)
    low, high = np.quantile(means, (0.025, 0.975))
    mean = fmean(fmean(members) for members in by_group.values())
    return Estimate(mean, float(low), float(high), len(values))


def _target(target: Target, outcomes: Sequence[Outcome], macro: str) -> Estimate | None:
    asked = [outcome for outcome in outcomes if not target.kinds or outcome.kind in target.kinds]
    if not target.lowest_language:
        return _figures(asked, macro).get(target.figure)
    by_language = _grouped(asked, lambda outcome: outcome.language, macro).values()
    found = [figures[target.figure] for figures in by_language if target.figure in figures]
    return min(found, key=lambda estimate: estimate.value, default=None)


def _figures(outcomes: Sequence[Outcome], macro: str) -> dict[str, Estimate]:
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.figures)
    having = {name: [outcome for outcome in outcomes if name in outcome.figures] for name in names}
    return {
        name: estimate([o.figures[name] for o in asked], [_group(o, macro) for o in asked])
        for name, asked in having.items()
    }


def _group(outcome: Outcome, macro: str) -> str:
    if macro == "collection":
        return outcome.collection
    return outcome.language if macro == "language" else ""


def _grouped(
    outcomes: Sequence[Outcome], key: Callable[[Outcome], str], macro: str
) -> dict[str, Mapping[str, Estimate]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[key(outcome)].append(outcome)
    return {name: _figures(members, macro) for name, members in sorted(groups.items())}
