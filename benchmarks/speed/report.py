"""Results as a table and as curves, and the comparison with an earlier run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

Results = Mapping[str, Mapping[str, Any]]
"""Figures by corpus, as in the JSON file."""

# Shares of figures of one run, which do not depend on the machine: name, numerator, denominator.
RATIOS = (
    ("index wall time / semble's", "index_seconds", "semble_seconds"),
    ("index CPU / wall time", "index_cpu_seconds", "index_seconds"),
    ("query p95 while indexing / idle", "query_while_indexing_ms.p95", "query_ms.p95"),
    ("query p50 / scan of ripgrep", "query_ms.p50", "ripgrep_ms"),
    ("first answer / semble's index", "first_answer_seconds", "semble_seconds"),
    ("bytes per unit / 1,500", "bytes_per_unit", 1_500.0),
    ("server's peak memory / 700 MB", "server_peak_mb", 700.0),
    ("encoded on the way back + 1", "branch_back_encoded_plus_one", 1.0),
)
TOLERANCE = 1.5
"""A ratio may grow by so much before it is a regression: timings of a busy machine vary."""

_CURVES = (
    ("index_seconds", "first index, s"),
    ("bytes_per_unit", "index, bytes per unit"),
    ("query_ms.p50", "query p50, ms"),
    ("resting_mb", "server at rest, MB"),
)


def table(results: Results) -> str:
    """One column a corpus."""
    names = list(results)
    rows = [("", *names)]
    rows += [(key, *(_shown(figure(results[n], key)) for n in names)) for key in _keys(results[names[0]])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(names) + 1)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )


def ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """The ratios of one corpus, as far as their parts were measured."""
    found: dict[str, float] = {}
    for name, above, below in RATIOS:
        top = figure(figures, above)
        bottom = figure(figures, below) if isinstance(below, str) else float(below)
        if top is not None and bottom:
            found[name] = top / bottom
    return found


def regressions(results: Results, baseline: Results) -> list[str]:
    """A sentence for each ratio that has grown too much."""
    return [
        f"{corpus}: {name} is {now:.2f}, it was {before[name]:.2f}"
        for corpus in results
        if corpus in baseline
        for before in [ratios(baseline[corpus])]
        for name, now in ratios(results[corpus]).items()
        if name in before and now > before[name] * TOLERANCE
    ]


def plot(results: Results, path: Path) -> None:
    """Growth of time, size and memory with the number of units."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    growing = sorted(results.values(), key=lambda figures: float(figures["units"]))
    units = [figures["units"] for figures in growing]
    drawing, axes = plt.subplots(2, 2, figsize=(9, 6), layout="constrained")
    for axis, (key, title) in zip(axes.flat, _CURVES, strict=True):
        axis.plot(units, [figure(figures, key) for figures in growing], marker="o")
        axis.set(xscale="log", xlabel="units", title=title, ylim=(0, None))
    drawing.savefig(path)  # pyright: ignore[reportUnknownMemberType]
    plt.close(drawing)


def figure(figures: Mapping[str, Any], key: str) -> float | None:
    """A figure by its dotted name; None where it was not measured."""
    if key.endswith("_plus_one"):
        counted = figure(figures, key.removesuffix("_plus_one"))
        return None if counted is None else counted + 1
    value: Any = figures
    for part in key.split("."):
        value = cast("Mapping[str, Any]", value).get(part) if isinstance(value, Mapping) else None
    return None if value is None else float(value)


def _keys(figures: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, value in figures.items():
        if isinstance(value, Mapping):
            yield from _keys(cast("Mapping[str, Any]", value), f"{before}{key}.")
        else:
            yield before + key


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
