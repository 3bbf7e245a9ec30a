"""Others over the same corpus in the same run: semble, and ripgrep as what a plain scan costs."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file  # pyright: ignore[reportUnknownVariableType]

from benchmarks.speed.queries import QUERIES
from benchmarks.speed.watch import Watch
from mindgap_indexer.encoding.model import DEFAULT_MODEL
from mindgap_indexer.encoding.static_model import TOKENIZER, read_static_model

_SEMBLE = """
import json, sys, time
from semble import SembleIndex
root, model, queries = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
started = time.perf_counter()
index = SembleIndex.from_path(root, model_path=model)
built = time.perf_counter() - started
seconds = []
for number in range(4):
    for query in queries:
        started = time.perf_counter()
        index.search(query)
        seconds.append(time.perf_counter() - started)
print(json.dumps({"built": built, "seconds": seconds[len(queries):]}))
"""


@dataclass(frozen=True, slots=True)
class Rivals:
    """Figures of the others; None where a program is not installed."""

    semble_seconds: float | None
    """Building its index in memory, with a local static model of our width: its own must be downloaded."""
    semble_peak_mb: float | None
    semble_query_ms: float | None
    ripgrep_ms: float | None
    """One scan for a word that is rare: the median."""


def measure_rivals(corpus: Path) -> Rivals:
    """Measure what is installed."""
    return Rivals(*_semble(corpus), _ripgrep(corpus))


def _semble(corpus: Path) -> tuple[float | None, float | None, float | None]:
    with tempfile.TemporaryDirectory(prefix="mindgap-semble-") as folder:
        _write_model2vec(Path(folder))
        command = [sys.executable, "-c", _SEMBLE, str(corpus), folder, json.dumps(QUERIES)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with process, Watch(process.pid) as watch:
            output, _ = process.communicate()
        if process.returncode:
            return None, None, None
        said = json.loads(output)
        return said["built"], watch.peak_mb, 1000 * statistics.median(said["seconds"])


def _write_model2vec(folder: Path) -> None:
    """Our static table in the form that semble's loader reads; it has no projections there."""
    table = read_static_model(DEFAULT_MODEL)[0].table
    vectors = table.rows.astype(np.float32) * (table.scales * table.unit_weights)[:, np.newaxis]
    save_file({"embeddings": vectors}, folder / "model.safetensors")
    shutil.copy(DEFAULT_MODEL / TOKENIZER, folder / "tokenizer.json")
    (folder / "config.json").write_text(json.dumps({"normalize": True, "model_type": "model2vec"}), "utf-8")


def _ripgrep(corpus: Path) -> float | None:
    if (program := shutil.which("rg")) is None:
        return None
    seconds: list[float] = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([program, "--count", "backoff", str(corpus)], stdout=subprocess.DEVNULL, check=False)
        seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds)
