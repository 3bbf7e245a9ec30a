"""Figures as tables for people and for the README, and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from benchmarks.quality.summaries import Estimate, Summary, gain, worst
from benchmarks.quality.types import Outcome, Part

Results = Mapping[str, Mapping[str, Sequence[Outcome]]]
"""Outcomes by part and variant."""
Summaries = Mapping[str, Mapping[str, Summary]]


def table(parts: Sequence[Part], summaries: Summaries) -> str:
    """A Markdown table: a row for each target, a column for each variant."""
    variants = list(dict.fromkeys(name for summary in summaries.values() for name in summary))
    lines = [
        f"| Set | Figure | n | {' | '.join(variants)} | wanted |",
        f"|---|---|--:|{'--:|' * len(variants)}--:|",
    ]
    for part in parts:
        if part.name in summaries:
            lines += _rows(part, summaries[part.name], variants)
    return "\n".join(lines)


def _rows(part: Part, summary: Mapping[str, Summary], variants: Sequence[str]) -> Iterator[str]:
    for target in part.targets:
        # A rival of one part has no figures in the others.
        estimates = [
            summary[name].targets.get(target.label) if name in summary else None for name in variants
        ]
        asked = next((estimate.questions for estimate in estimates if estimate), 0)
        if asked:
            wanted = "/".join(f"{value:.2f}" for value in (target.instant, target.deep) if value is not None)
            cells = " | ".join(map(_cell, estimates))
            yield f"| {part.title} | {target.label} | {asked:,} | {cells} | {wanted} |"


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ±{(estimate.high - estimate.low) / 2:.3f}"


def gains(parts: Sequence[Part], results: Results) -> str:
    """A Markdown table: what each further variant has over the first one, paired by question."""
    first, *others = dict.fromkeys(name for outcomes in results.values() for name in outcomes)
    lines = [f"| Set | Figure, above {first} | {' | '.join(others)} |", f"|---|---|{'--:|' * len(others)}"]
    for part in parts:
        outcomes = results.get(part.name, {})
        for target in part.targets:
            found = [gain(part, target, outcomes.get(name, ()), outcomes.get(first, ())) for name in others]
            if any(found) and not target.lowest_language:
                lines.append(f"| {part.title} | {target.label} | {' | '.join(map(_gain_cell, found))} |")
    return "\n".join(lines)


def _gain_cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate.value:+.3f} ({estimate.low:+.3f} … {estimate.high:+.3f})"


def breakdown(part: Part, summary: Summary) -> str:
    """The first target's figure by kind, by language and by collection."""
    figure = part.targets[0].figure
    lines: list[str] = []
    groups = {
        "kind": summary.by_kind, "language": summary.by_language, "collection": summary.by_collection,
    }  # fmt: skip
    for title, group in groups.items():
        cells = [
            f"{name} {figures[figure].value:.3f} ({figures[figure].questions})"
            for name, figures in group.items()
            if figure in figures
        ]
        if len(cells) > 1:
            lines.append(f"  {figure} by {title}: {', '.join(cells)}")
    if summary.abstention:
        caught = ", ".join(f"{cost}: {share:.2f}" for cost, share in summary.abstention.caught.items())
        auc = f"{summary.abstention.auc:.3f}"
        lines.append(f"  absent caught, by false abstention allowed: {caught} (AUC {auc})")
    return "\n".join(lines)


def worst_table(part: Part, outcomes: Sequence[Outcome]) -> str:
    """The worst questions with what was wanted and what came instead."""
    figure = part.targets[0].figure
    blocks: list[str] = []
    for outcome in worst(part, outcomes):
        flags = ", abstained" if outcome.abstained else ""
        text = outcome.text.replace("\n", "\n        ")
        blocks.append(
            f"  {outcome.figures[figure]:.2f} {outcome.collection} {outcome.kind}{flags}: {text}\n"
            f"      wanted {'; '.join(outcome.wanted)}\n"
            f"      got    {'; '.join(outcome.got) or 'nothing'}"
        )
    return "\n".join(blocks)


def as_json(parts: Sequence[Part], results: Results, summaries: Summaries) -> dict[str, object]:
    """Everything that was measured: summaries, worst questions, and each outcome."""
    return {
        part.name: {
            "title": part.title,
            "variants": {name: asdict(summary) for name, summary in summaries[part.name].items()},
            "worst": {
                name: [asdict(outcome) for outcome in worst(part, outcomes)]
                for name, outcomes in results[part.name].items()
            },
            "outcomes": {
                name: [
                    {"question": o.question, "abstained": o.abstained, "certainty": o.certainty}
                    | dict(o.figures)
                    for o in outcomes
                ]
                for name, outcomes in results[part.name].items()
            },
        }
        for part in parts
        if part.name in summaries
    }
