"""Measure one folder: indexing rate, index size, memory, cold start to first answer, query latency.

    python -m benchmarks.speed FOLDER [--json]

Everything runs in processes of its own with an index folder of its own; the folder itself is only read.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

COLD_STARTS = 5
ROUNDS = 5

# Wordings that fit any code base: what they find does not matter here, what they cost does.
QUERIES = (
    "read a file and return its lines",
    "parse command line arguments",
    "retry with exponential backoff",
    "split a string into words",
    "compute a checksum",
    "sort items by key",
    "convert a date to text",
    "open a network connection",
    "remove duplicates while keeping the order",
    "find the shortest path in a graph",
    "for each item in list:\n    if item is valid:\n        add it to the result\nreturn result",
    "low = 0\nhigh = n\nwhile low < high:\n    mid = (low + high) / 2\n    ...",
    "parse_header",
    "getConfigValue",
    "encode",
    "write log message with level and time stamp",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one folder."""

    files: int
    units: int
    index_seconds: float
    units_per_second: float
    index_mb: float
    bytes_per_unit: float
    peak_rss_mb: float
    unchanged_seconds: float
    """A second run of `mindgap index` over the unchanged folder, whole process."""
    first_answer_seconds: float
    """Median whole-process time of `mindgap search` over the indexed folder."""
    query_p50_ms: float
    query_p95_ms: float


def measure(root: Path) -> Measured:
    """Index and search a folder in a temporary index folder."""
    with tempfile.TemporaryDirectory(prefix="mindgap-bench-") as home:
        environment = {**os.environ, "MINDGAP_HOME": home}
        summary = json.loads(_mindgap(["index", "--root", str(root), "--json"], environment))
        started = time.perf_counter()
        _mindgap(["index", "--root", str(root), "--json"], environment)
        unchanged = time.perf_counter() - started
        latencies = _query_latencies(root, environment)
        return Measured(
            files=summary["files"],
            units=summary["units"],
            index_seconds=summary["seconds"],
            units_per_second=summary["units_per_second"],
            index_mb=summary["index_bytes"] / 1e6,
            bytes_per_unit=summary["index_bytes"] / max(summary["units"], 1),
            peak_rss_mb=summary["peak_rss_mb"],
            unchanged_seconds=unchanged,
            first_answer_seconds=statistics.median(
                _cold_start(root, environment) for _ in range(COLD_STARTS)
            ),
            query_p50_ms=statistics.median(latencies),
            query_p95_ms=statistics.quantiles(latencies, n=20)[-1],
        )


def _mindgap(arguments: list[str], environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "mindgap_server.cli", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _cold_start(root: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    _mindgap(["search", "--root", str(root), "--json", QUERIES[0]], environment)
    return time.perf_counter() - started


def _query_latencies(root: Path, environment: dict[str, str]) -> list[float]:
    """Milliseconds of each query in one process that is warm, as the server is."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for number in range(ROUNDS + 1):
            for query in QUERIES:
                file.write(json.dumps({"id": str(number), "query": query}) + "\n")
        file.flush()
        output = _mindgap(["search", "--root", str(root), "--json", "--queries", file.name], environment)
    answers = [json.loads(line) for line in output.splitlines()]
    # The first round warms the caches.
    return [answer["elapsed_ms"] for answer in answers if answer["id"] != "0"]


def main() -> int:
    """Print the figures of a folder."""
    parser = argparse.ArgumentParser(description="Measure indexing and search over a folder.")
    parser.add_argument("root", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    figures = asdict(measure(options.root))
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):22} {value:>12,.{0 if isinstance(value, int) else 2}f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
