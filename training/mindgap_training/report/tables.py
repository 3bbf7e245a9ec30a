"""Markdown tables of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mindgap_training.experiments.runner import Record
from mindgap_training.metrics import Estimate, difference
from mindgap_training.report.records import ExperimentResults, Results

_FIGURES = {"accuracy@1": "accuracy@1", "mrr": "MRR", "recall@10": "recall@10", "ndcg@10": "NDCG@10"}
_SUMMARY = ("bm25", "dpr-style", "base", "projection", "hybrid")


def summary_table(experiments: Sequence[ExperimentResults]) -> str:
    """MRR side by side for every set where BM25, base, projection and both together were measured."""
    header = ["", "BM25", "DPR-style", "base", "projection", "BM25 + projection", "gained on the base"]
    rows: dict[str, list[str]] = {}
    for results in (results for experiment in experiments for results in experiment.sets):
        found = {method: results.find(method) for method in _SUMMARY}
        base, ours = found["base"], found["projection"]
        if found["hybrid"] and base and ours and results.title not in rows:
            values = (f"{r['metrics']['mrr']['value']:.3f}" if r else "–" for r in found.values())
            rows[results.title] = [results.title, *values, shown(gain(ours, base))]
    return markdown_table(header, list(rows.values()))


def results_table(results: Results) -> str:
    """Every variant with its figures, 95 % intervals, and the paired gain in MRR over the base."""
    base = results.find("base")
    header = ["", *_FIGURES.values(), "F1", "pair accuracy", "MRR gained on the base", "trained in", "record"]
    return markdown_table(header, [_row(record, base) for record in results.records])


def speed_table(results: Results) -> str:
    """Times, sizes and memory of every variant."""
    header = ["", "query ms, batch 1", "batch 8", "batch 64"]
    header += [f"{name} its base's time" for name in ("batch 1:", "batch 8:", "batch 64:")]
    header += ["documents/s", "parameters", "bytes a document", "process MB", "record"]
    rows: list[list[str]] = []
    for record in results.records:
        speed = record["speed"]
        latencies = list(speed["latency"].values())
        times = [f"{latency['method_ms']:.2f}" for latency in latencies]
        ratios = [
            f"{r['value']:.3f} ({r['low']:.3f}–{r['high']:.3f})" for r in (x["ratio"] for x in latencies)
        ]
        names = ("documents_per_second", "parameters", "bytes_per_document", "memory_mb")
        rows.append([record["label"], *times, *ratios, *(f"{speed[n]:,.0f}" for n in names), link(record)])
    return markdown_table(header, rows)


def search_table(results: Results) -> str:
    """What `mindgap search` answered with each model."""
    header = ["", "MRR", "MRR gained on the base", "units encoded", "model in the index", "record"]
    base = results.find("base")
    rows = [
        [
            record["label"],
            _interval(record["metrics"]["mrr"]),
            _gained(record, base),
            f"{record['search']['units_encoded']:,}",
            f"`{record['search']['fingerprint']}`",
            link(record),
        ]
        for record in results.records
    ]
    return markdown_table(header, rows)


def language_table(results: Results) -> str:
    """MRR by the language of the answer, for every method."""
    places: dict[str, list[int]] = results.measured[0]["questions_by_language"]
    header = ["", "questions", *(record["label"] for record in results.measured)]
    columns = [np.array(record["per_query"]["mrr"]) for record in results.measured]
    rows = [
        [language, str(len(rows)), *(f"{values[rows].mean():.3f}" for values in columns)]
        for language, rows in places.items()
    ]
    return markdown_table(header, rows)


def comparisons(results: Results, wanted: Sequence[str]) -> Iterator[str]:
    """Sentences on how far one label is ahead of another over the same questions."""
    for pair in wanted:
        ours, theirs = (results.labelled(label.strip()) for label in pair.split(">"))
        if ours and theirs:
            found = gain(ours, theirs)
            verdict = "ahead" if found.low > 0 else "behind" if found.high < 0 else "no difference to tell"
            yield f"- {ours['label']} against {theirs['label']}: {shown(found)} MRR, {verdict}."


def link(record: Record) -> str:
    """The file that a row comes from."""
    return f"[json](results/records/{record['name']}.json)"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column to the left, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def gain(record: Record, base: Record) -> Estimate:
    """The paired difference in MRR over the same questions, with its interval."""
    ours, theirs = (np.array(r["per_query"]["mrr"], np.float64) for r in (record, base))
    return difference(ours, theirs, record["seed"])


def shown(found: Estimate) -> str:
    """A difference with its interval."""
    return f"{found.value:+.3f} ({found.low:+.3f} … {found.high:+.3f})"


def _row(record: Record, base: Record | None) -> list[str]:
    several_seeds = "-seed" in record["name"]
    label = f"{record['label']}, seed {record['seed']}" if several_seeds else record["label"]
    if "metrics" not in record:
        return [label, *["–"] * 8, link(record)]
    pairs = record["classification"]
    return [
        label,
        *(_interval(record["metrics"][name]) for name in _FIGURES),
        f"{pairs['f1']:.3f}",
        f"{pairs['accuracy']:.3f}",
        _gained(record, base),
        f"{record['training']['seconds']:.0f} s" if record["training"]["pairs"] else "",
        link(record),
    ]


def _gained(record: Record, base: Record | None) -> str:
    return "" if base is None or base is record else shown(gain(record, base))


def _interval(value: Record) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f})"
