"""Markdown tables of records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mindgap_training.metrics import difference
from mindgap_training.report.records import Record, Results

_FIGURES = {"accuracy@1": "accuracy@1", "mrr": "MRR", "recall@10": "recall@10", "ndcg@10": "NDCG@10"}


def results_table(results: Results) -> str:
    """Every variant with its figures, 95 % intervals, and the paired gain in MRR over the base."""
    base = results.find("base")
    header = ["", *_FIGURES.values(), "F1", "pair accuracy", "MRR gained on the base", "trained in", "record"]
    rows = [_row(record, base) for record in results.records if "speed" not in record]
    return markdown_table(header, rows)


def speed_table(results: Results) -> str:
    """Times, sizes and memory of every variant."""
    header = [
        "",
        "query ms, batch 1",
        "batch 8",
        "batch 64",
        "documents/s",
        "loaded MB",
        "process MB",
        "record",
    ]
    rows: list[list[str]] = []
    for record in results.records:
        if "speed" in record:
            speed = record["speed"]
            times = [f"{speed['query_ms'][size]:.2f}" for size in ("1", "8", "64")]
            numbers = [f"{speed[name]:,.0f}" for name in ("documents_per_second", "weights_mb", "memory_mb")]
            rows.append([record["label"], *times, *numbers, link(record)])
    return markdown_table(header, rows)


def link(record: Record) -> str:
    """The file that a row comes from."""
    return f"[json](results/records/{record['name']}.json)"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column to the left, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def gain(record: Record, base: Record) -> str:
    """The paired difference in MRR over the same questions, with its interval."""
    ours, theirs = (np.array(r["per_query"]["mrr"], np.float64) for r in (record, base))
    found = difference(ours, theirs, record["seed"])
    return f"{found.value:+.3f} ({found.low:+.3f} … {found.high:+.3f})"


def _row(record: Record, base: Record | None) -> list[str]:
    label = _label(record)
    if "metrics" not in record:
        return [label, *["–"] * 8, link(record)]
    metrics, pairs = record["metrics"], record["classification"]
    figures = [_interval(metrics[name]) for name in _FIGURES]
    is_comparable = base is not None and base is not record
    trained = f"{record['training']['seconds']:.0f} s" if record["training"]["pairs"] else ""
    return [
        label,
        *figures,
        f"{pairs['f1']:.3f}",
        f"{pairs['accuracy']:.3f}",
        gain(record, base) if is_comparable and base is not None else "",
        trained,
        link(record),
    ]


def _label(record: Record) -> str:
    seeds = record["experiment"]["seeds"]
    return f"{record['label']} (seed {record['seed']})" if len(seeds) > 1 else record["label"]


def _interval(value: Record) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f})"
