"""Measure indexing, queries and freshness.

    python -m benchmarks.speed                     the corpora 1k and 10k, with rivals where installed
    python -m benchmarks.speed --corpora 50k 200k  larger ones; 1M takes an hour and some 20 GB
    python -m benchmarks.speed --corpora 1M --add  the same beside what the last run measured
    python -m benchmarks.speed --folder PATH       a folder of yours (it is copied, never changed)
    python -m benchmarks.speed --check FILE        fail when a ratio is worse than in that earlier result

Absolute figures belong to the machine and its load; ratios within one run can be compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.speed.corpora import CORPORA, prepare
from benchmarks.speed.measure import measure
from benchmarks.speed.report import plot, ratios, regressions, table
from benchmarks.speed.rivals import measure_rivals


def main() -> int:
    """Measure, write results.json and growth.png, print the table."""
    options = _options()
    folders = {path.name: path for path in options.folder} or {
        name: prepare(name, options.cache) for name in options.corpora
    }
    earlier = options.out / "results.json"
    results: dict[str, dict[str, Any]] = {}
    if options.add and earlier.exists():
        results = json.loads(earlier.read_text("utf-8"))
    for name, folder in folders.items():
        print(f"measuring {name} …", file=sys.stderr)
        results[name] = {**asdict(measure(folder)), **asdict(measure_rivals(folder))}
    options.out.mkdir(parents=True, exist_ok=True)
    earlier.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    plot(results, options.out / "growth.png")
    print(table(results))
    for name, figures in results.items():
        for title, ratio in ratios(figures).items():
            print(f"{name}: {title}: {ratio:.2f}")
    return _check(results, options.check) if options.check else 0


def _check(results: dict[str, dict[str, Any]], baseline: Path) -> int:
    worse = regressions(results, json.loads(baseline.read_text("utf-8")))
    print("\n".join(worse) or "No ratio is worse than before.")
    return 1 if worse else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure indexing, queries and freshness.")
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=["1k", "10k"])
    parser.add_argument("--folder", nargs="+", type=Path, default=[], help="measure these instead")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "mindgap-bench")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/speed/results"))
    parser.add_argument("--add", action="store_true", help="keep what --out has of other corpora")
    parser.add_argument("--check", type=Path, help="results.json of an earlier run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
