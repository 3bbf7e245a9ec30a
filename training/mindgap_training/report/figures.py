"""PNG figures of records."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from mindgap_training.experiments.runner import Record
from mindgap_training.report.records import ExperimentResults, Results

Axes: TypeAlias = Any
"""matplotlib's; its types are incomplete."""

_COLOURS = {
    "bm25": "#8c8c8c",
    "dpr": "#c8a13a",
    "dpr-style": "#c8a13a",
    "base": "#5b8fc9",
    "projection": "#c0504d",
    "hybrid": "#7a4f9a",
    "static-table": "#4f9a6b",
}


def draw(experiment: ExperimentResults, folder: Path) -> Path | None:
    """The figure that the manifest asks for, if its records have what it shows."""
    kinds: dict[str, Callable[[Axes, Results], None]] = {"bars": _bars, "curve": _curve, "cosines": _cosines}
    kind = kinds.get(experiment.about.figure)
    shown = [results for results in experiment.sets if results.measured]
    if kind is None or not shown:
        return None
    # Drawn through the object interface: no global figure, no window.
    figure: Any = import_module("matplotlib.figure").Figure(
        figsize=(min(4.2 * len(shown), 12.6), 3.2 * -(-len(shown) // 3)), layout="constrained"
    )
    axes = figure.subplots(-(-len(shown) // 3), min(len(shown), 3), squeeze=False).ravel()
    for axis, results in zip(axes, shown, strict=False):
        kind(axis, results)
        axis.set_title(results.title, fontsize=9)
        axis.tick_params(labelsize=7)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{experiment.about.name}.png"
    # Without the version of the library in the file, equal records give equal bytes.
    figure.savefig(path, dpi=130, metadata={"Software": None})
    return path


def _bars(axis: Axes, results: Results) -> None:
    """MRR with its interval, one bar per variant."""
    values = [record["metrics"]["mrr"] for record in results.measured]
    heights = [value["value"] for value in values]
    errors = [[v["value"] - v["low"] for v in values], [v["high"] - v["value"] for v in values]]
    places = np.arange(len(values))
    colours = [_colour(record) for record in results.measured]
    axis.barh(places, heights, xerr=errors, color=colours, error_kw={"linewidth": 0.8})
    axis.set_yticks(places, [record["label"] for record in results.measured])
    axis.invert_yaxis()
    axis.set_xlabel("MRR", fontsize=8)


def _curve(axis: Axes, results: Results) -> None:
    """MRR by number of training pairs; the base is a line."""
    trained = [record for record in results.measured if record["settings"]["method"] == "projection"]
    points = [
        (record["training"]["pairs"], record["metrics"]["mrr"])
        for record in sorted(trained, key=lambda record: record["training"]["pairs"])
    ]
    pairs = [count for count, _ in points]
    axis.plot(pairs, [value["value"] for _, value in points], marker="o", color=_COLOURS["projection"])
    lows, highs = ([value[side] for _, value in points] for side in ("low", "high"))
    axis.fill_between(pairs, lows, highs, color=_COLOURS["projection"], alpha=0.15)
    for method in ("base", "bm25"):
        record = results.find(method)
        if record is not None:
            height = record["metrics"]["mrr"]["value"]
            axis.axhline(height, color=_COLOURS[method], linestyle="--", label=record["label"])
    axis.set_xscale("log")
    axis.set_xlabel("training pairs", fontsize=8)
    axis.set_ylabel("MRR", fontsize=8)
    axis.legend(fontsize=7)


def _cosines(axis: Axes, results: Results) -> None:
    """Scores of right and of random pairs, the base's as outlines, the projection's filled."""
    for method, style in (("base", {"histtype": "step"}), ("projection", {"alpha": 0.45})):
        record = results.find(method)
        if record is None:
            continue
        cosines = record["cosines"]
        edges = np.array(cosines["edges"])
        for side, colour in (("aligned", "#c0504d"), ("random", "#5b8fc9")):
            axis.hist(
                (edges[:-1] + edges[1:]) / 2,
                edges,
                weights=cosines[side],
                color=colour,
                label=f"{record['label']}, {side}",
                **style,
            )
    axis.set_xlabel("cosine", fontsize=8)
    axis.legend(fontsize=6)


def _colour(record: Record) -> str:
    return _COLOURS[record["settings"]["method"]]
