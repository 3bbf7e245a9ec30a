"""What the deep tier costs: time of a question and bytes of the index, beside the instant tier.

python -m benchmarks.speed.deep                the corpus 10k; encoding it takes a few minutes
python -m benchmarks.speed.deep --folder PATH  a folder of yours, which is only read
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.speed.corpora import prepare
from benchmarks.speed.measure import ROUNDS, Latency
from benchmarks.speed.queries import QUERIES
from mindgap_indexer import Tier, Workspace
from mindgap_indexer.encoding import load_deep_default
from mindgap_indexer.paths import HOME_VARIABLE


def main() -> None:
    """Index a folder, ask each question in each way in turn, and print the times."""
    options = _options()
    root = options.folder or prepare("10k", options.cache)
    with tempfile.TemporaryDirectory(prefix="mindgap-bench-") as home:
        os.environ[HOME_VARIABLE] = home
        with Workspace.open(root) as workspace:
            units = workspace.index().units
            before = workspace.status().index_bytes
            started = time.perf_counter()
            encoded = workspace.deepen()
            seconds = time.perf_counter() - started
            after = workspace.status().index_bytes
            print(f"{units:,} units; {encoded / seconds:.0f} contents encoded a second")
            print(f"bytes of the index a unit: {before / units:.0f}, with the deep tier {after / units:.0f}")
            for name, latency in _latencies(workspace).items():
                print(f"{name}: p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms")


def _latencies(workspace: Workspace) -> Mapping[str, Latency]:
    """Of the same questions in turn, so that a busy moment of the machine hits all ways alike."""
    deep = load_deep_default()
    ways = {
        "instant": (Tier.INSTANT, deep),
        "deep, without the cross-encoder": (Tier.DEEP, replace(deep, cross=None)),
        "deep": (Tier.DEEP, deep),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for query in QUERIES:
            for name, (tier, model) in ways.items():
                workspace.use_deep(model)
                started = time.perf_counter()
                workspace.search(query, tier=tier, index_first=False)
                seconds[name].append(time.perf_counter() - started)
    return {name: Latency.of(_warm(taken)) for name, taken in seconds.items()}


def _warm(seconds: Sequence[float]) -> Sequence[float]:
    """Without the first round, which fills the caches."""
    return seconds[len(QUERIES) :]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what the deep tier costs.")
    parser.add_argument("--folder", type=Path, help="measure this instead")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "mindgap-bench")
    return parser.parse_args()


if __name__ == "__main__":
    main()
