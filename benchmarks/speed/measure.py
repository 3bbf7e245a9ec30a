"""Everything that is measured of one corpus, each thing in processes of its own with an index of its own."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed.lsp import Server
from benchmarks.speed.queries import QUERIES
from benchmarks.speed.recall import measure_recall
from benchmarks.speed.watch import Watch
from mindgap_indexer.paths import HOME_VARIABLE

COLD_STARTS = 3
ROUNDS = 5
CHANGES = 20
"""Samples of save and keystroke."""
CPU_CHANGES, CPU_SECONDS = 10, 2.0
"""Saves whose cost is measured, and how long after each the server has surely come to rest."""
BRANCH_FILES = 2_000


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of many like things."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        """Percentiles of durations in seconds."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        return cls(*(round(1000 * cuts[at - 1], 2) for at in (50, 95, 99)))


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one corpus."""

    files: int
    units: int
    index_seconds: float
    units_per_second: float
    index_cpu_seconds: float
    index_peak_mb: float
    """Of the indexing process and its helpers together."""
    bytes_per_unit: float
    unchanged_seconds: float
    """Another `mindgap index` over the unchanged corpus, the whole process."""
    first_answer_seconds: float
    """`mindgap search` over the indexed corpus, the whole process."""
    initialize_ms: float
    """From the start of the server's process to its answer, the median of a few."""
    initialize_cpu_ms: float
    """The server's own processor time until then."""
    resting_mb: float
    """Of the server, after its queries."""
    server_peak_mb: float
    """Of the server with its helpers, up to the end of all that follows."""
    recall_at_50: float
    """Share of the nearest fifty passages, by exact search over all, that the search in two stages finds."""
    query_ms: Latency
    query_while_indexing_ms: Latency
    save_ms: Latency
    """From writing a file until the server finds what is new in it."""
    keystroke_ms: Latency
    """From a change of an open document until the server finds what is new in it."""
    one_file_cpu_ms: float
    """Processor time of the server for one changed file, the helper that parses it left out."""
    one_file_cpu_mean_ms: float
    """The same in the mean: every fourth save merges segments, now and then large ones."""
    branch_seconds: float
    """Another version of many files, indexed."""
    branch_back_seconds: float
    branch_back_encoded: int
    """Contents that had to be encoded on the way back."""


def measure(corpus: Path) -> Measured:
    """Measure a corpus; it is copied first, because files are changed."""
    with tempfile.TemporaryDirectory(prefix="mindgap-bench-") as folder:
        root = Path(folder) / "corpus"
        shutil.copytree(corpus, root)
        return _measure(root, environment_of(Path(folder)))


def environment_of(folder: Path) -> dict[str, str]:
    """For processes that are measured: an index of their own, and bytecode as an installed package has."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, HOME_VARIABLE: str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def _measure(root: Path, environment: Mapping[str, str]) -> Measured:
    _mindgap(["--help"], environment)  # writes the bytecode
    summary, cpu, peak = _index(root, environment)
    recall = measure_recall(root, Path(environment[HOME_VARIABLE]))
    started = time.perf_counter()
    _mindgap(["index", "--root", str(root), "--json"], environment)
    unchanged = time.perf_counter() - started
    first_answer = statistics.median(_cold_start(root, environment) for _ in range(COLD_STARTS))
    starts = [_start_server(root, environment) for _ in range(COLD_STARTS + 1)][1:]
    there, back = _switch_branches(root, environment)
    with Server(root, environment) as server, Watch(server.process.pid) as watch:
        server.wait_until_ready()
        idle = _latencies(server, ROUNDS)
        resting = watch.resident_mb()
        saves = _saves(server, root)
        cpu_ms = _cpu_of_saves(server, root, watch)
        keystrokes = _keystrokes(server, root)
        busy = _latencies_while_indexing(server, root)
        server_peak = watch.peak_mb
    return Measured(
        files=summary["files"],
        units=summary["units"],
        index_seconds=summary["seconds"],
        units_per_second=summary["units_per_second"],
        index_cpu_seconds=cpu,
        index_peak_mb=peak,
        bytes_per_unit=summary["index_bytes"] / max(summary["units"], 1),
        unchanged_seconds=unchanged,
        first_answer_seconds=first_answer,
        initialize_ms=1000 * statistics.median(seconds for seconds, _ in starts),
        initialize_cpu_ms=1000 * statistics.median(cpu for _, cpu in starts),
        resting_mb=resting,
        server_peak_mb=server_peak,
        recall_at_50=recall,
        query_ms=Latency.of(idle),
        query_while_indexing_ms=Latency.of(busy),
        save_ms=Latency.of(saves),
        keystroke_ms=Latency.of(keystrokes),
        one_file_cpu_ms=statistics.median(cpu_ms),
        one_file_cpu_mean_ms=statistics.mean(cpu_ms),
        branch_seconds=there["seconds"],
        branch_back_seconds=back["seconds"],
        branch_back_encoded=back["units_encoded"],
    )


def _index(root: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], float, float]:
    """The summary of a first index, its processor time and its peak memory."""
    command = [sys.executable, "-m", "mindgap_server.cli", "index", "--root", str(root), "--json"]
    before = os.times()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True)
    with process, Watch(process.pid) as watch:
        output, _ = process.communicate()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(output), cpu, watch.peak_mb


def _mindgap(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "mindgap_server.cli", *arguments]
    run = subprocess.run(command, env=dict(environment), check=True, stdout=subprocess.PIPE, text=True)
    return run.stdout


def _cold_start(root: Path, environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    _mindgap(["search", "--root", str(root), "--json", QUERIES[0]], environment)
    return time.perf_counter() - started


def _start_server(root: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and processor seconds until a new server has answered `initialize`."""
    with Server(root, environment) as server:
        return server.initialize_seconds, server.initialize_cpu_seconds


def _switch_branches(root: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change many files, index, change them back, index; the summaries of both."""
    files = sorted(root.rglob("*.py"))[:BRANCH_FILES]
    before = {path: path.read_bytes() for path in files}
    for path, data in before.items():
        path.write_bytes(data.replace(b"return", b"return  ") + b"\n\ndef only_on_this_branch():\n    pass\n")
    there = json.loads(_mindgap(["index", "--root", str(root), "--json"], environment))
    for path, data in before.items():
        path.write_bytes(data)
    back = json.loads(_mindgap(["index", "--root", str(root), "--json"], environment))
    return there, back


def _latencies(server: Server, rounds: int) -> list[float]:
    """Seconds of each query, after a round that warms the caches."""
    found = [_timed(server, query) for _ in range(rounds + 1) for query in QUERIES]
    return found[len(QUERIES) :]


def _timed(server: Server, query: str) -> float:
    started = time.perf_counter()
    server.search(query)
    return time.perf_counter() - started


def _latencies_while_indexing(server: Server, root: Path) -> list[float]:
    """The same while a third of all files is being indexed anew."""
    for path in sorted(root.rglob("*.py"))[::3]:
        path.write_bytes(path.read_bytes() + b"\n\ndef added_to_every_third_file():\n    return 3\n")
    server.request("mindgap/reindex", {})
    found: list[float] = []
    while server.state()["state"] != "ready":
        found += [_timed(server, query) for query in QUERIES]
    return found or _latencies(server, 1)


def _saves(server: Server, root: Path) -> list[float]:
    """Seconds from save to answer."""
    path, numbers = _some_file(root), random.Random(1)
    seconds = list[float]()
    for _ in range(CHANGES):
        name = _add_function(path, numbers)
        started = time.perf_counter()
        while not _finds(server, name):
            time.sleep(0.02)
        seconds.append(time.perf_counter() - started)
    return seconds


def _cpu_of_saves(server: Server, root: Path, watch: Watch) -> list[float]:
    """Milliseconds of the server's processor time for each save, with nobody asking meanwhile."""
    path, numbers = _some_file(root), random.Random(3)
    used = list[float]()
    for _ in range(CPU_CHANGES):
        before = watch.cpu_seconds()
        name = _add_function(path, numbers)
        time.sleep(CPU_SECONDS)
        used.append(1000 * (watch.cpu_seconds() - before))
        assert _finds(server, name), "the save was not indexed while its cost was measured"
    return used


def _add_function(path: Path, numbers: random.Random) -> str:
    name = f"saved_{numbers.getrandbits(48):x}"
    path.write_bytes(path.read_bytes() + f"\n\ndef {name}():\n    return 1\n".encode())
    return name


def _keystrokes(server: Server, root: Path) -> list[float]:
    """Seconds from a change in an open document to the answer."""
    path, numbers = _some_file(root), random.Random(2)
    text, seconds = path.read_text("utf-8", "replace"), list[float]()
    server.open(path, text)
    for version in range(2, CHANGES + 2):
        name = f"typed_{numbers.getrandbits(48):x}"
        server.edit(path, f"{text}\n\ndef {name}():\n    return 1\n", version)
        seconds.append(server.wait_for(partial(_finds, server, name)))
    server.close(path)
    return seconds


def _finds(server: Server, name: str) -> bool:
    return any(hit["name"] == name for hit in server.search(name, limit=3))


def _some_file(root: Path) -> Path:
    """One of ordinary size."""
    files = sorted(root.rglob("*.py"), key=lambda path: path.stat().st_size)
    return files[len(files) // 2]
