"""Running a manifest: each cell once, one JSON record each; a killed run continues where it was."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32
from mindgap_training.evaluate import Evaluation, evaluate
from mindgap_training.experiments.manifest import Cell, SetSpec
from mindgap_training.experiments.methods import Built, Workbench, build
from mindgap_training.experiments.sets import load_set
from mindgap_training.files import write_atomically
from mindgap_training.metrics import estimates
from mindgap_training.progress import step
from mindgap_training.retrieval import RetrievalSet
from mindgap_training.speed import SpeedJob, measure_speed

_SHOWN_CHARS = 600
"""Of a text in a record's failures."""
_BINS = 50
_SPEED_QUERIES, _SPEED_DOCUMENTS = 192, 256
_PACKAGES = ("numpy", "torch", "sentence-transformers", "apsw")

Record = dict[str, Any]
Say = Callable[[str], None]


def run_manifest(
    cells: Sequence[Cell], data: Path, out: Path, bench: Workbench, say: Say, only: str = ""
) -> list[Path]:
    """Run the cells that have no record yet; answers the records of all cells.

    `only` restricts the run to cells whose name begins with it.
    """
    chosen = [cell for cell in cells if cell.name.startswith(only)]
    sets: dict[SetSpec, RetrievalSet] = {}
    for number, cell in enumerate(chosen, 1):
        path = record_path(out, cell)
        if _is_finished(path, cell):
            continue
        step("experiments", number - 1, len(chosen), bench.progress, bench.cancelled)
        if cell.set not in sets:
            sets = {cell.set: load_set(cell.set_name, cell.set, data)}
        started = time.monotonic()
        record = run_cell(cell, sets[cell.set], bench)
        write_atomically(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        say(f"{cell.name}: {_summary(record)} ({time.monotonic() - started:.0f} s)")
    return [record_path(out, cell) for cell in chosen]


def record_path(out: Path, cell: Cell) -> Path:
    """Where a cell's record is kept."""
    return out / "records" / f"{cell.name}.json"


def run_cell(cell: Cell, task: RetrievalSet, bench: Workbench) -> Record:
    """Measure one cell. Where an optional method cannot be had, the record says why."""
    started = time.monotonic()
    method = cell.settings.method
    try:
        if cell.optional and method in bench.unavailable:
            raise ModelError(bench.unavailable[method])
        measured = (
            {"speed": asdict(measure_speed(_speed_job(cell, task)))}
            if cell.experiment.measure == "speed"
            else _retrieval(cell, task, bench)
        )
    except ModelError as error:
        if not cell.optional:
            raise
        bench.unavailable[method] = str(error)
        measured = {"unavailable": str(error)}
    return {**_about(cell, task), **measured, "seconds": round(time.monotonic() - started, 2)}


def _retrieval(cell: Cell, task: RetrievalSet, bench: Workbench) -> Record:
    built = build(cell.settings, task, bench)
    found = evaluate(built.retriever, task, cell.seed)
    return {
        "metrics": {name: asdict(value) for name, value in estimates(found.per_query, cell.seed).items()},
        "classification": asdict(found.classification),
        "per_query": {"mrr": np.round(found.per_query["mrr"], 4).tolist()},
        "cosines": _histograms(found),
        "failures": [
            {
                name: value[:_SHOWN_CHARS] if isinstance(value, str) else value
                for name, value in asdict(f).items()
            }
            for f in found.failures[:5]
        ],
        "training": _training(built),
    }


def _speed_job(cell: Cell, task: RetrievalSet) -> SpeedJob:
    method = cell.settings.method
    return SpeedJob(
        base="" if method == "bm25" else cell.settings.base,
        projected=method != "base",
        queries=tuple(task.queries[:_SPEED_QUERIES]),
        documents=tuple(task.documents[:_SPEED_DOCUMENTS]),
    )


def _training(built: Built) -> Record:
    run = built.run
    return {
        "pairs": built.pairs,
        "parameters": built.parameters,
        "seconds": round(run.seconds, 2) if run else 0.0,
        "best_step": run.best_step if run else 0,
        "history": [asdict(check) for check in run.history] if run else [],
    }


def _about(cell: Cell, task: RetrievalSet) -> Record:
    return {
        "name": cell.name,
        "identity": cell.identity,
        "command": f"mindgap reproduce --only {cell.name}",
        "experiment": asdict(cell.experiment),
        "order": cell.order,
        "place": cell.place,
        "label": cell.label,
        "set": {
            "name": cell.set_name,
            **asdict(cell.set),
            "measured_queries": len(task.queries),
            "measured_documents": len(task.documents),
            "training_pairs": len(task.train),
        },
        "seed": cell.seed,
        "settings": asdict(cell.settings),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
        },
    }


def _histograms(found: Evaluation) -> Record:
    """How often each score occurs among right and among random pairs."""
    both = np.concatenate([found.aligned, found.random])
    edges = np.linspace(float(both.min()), float(both.max()) + 1e-6, _BINS + 1)

    def counts(scores: Float32) -> list[int]:
        return [int(count) for count in np.histogram(scores, edges)[0]]

    return {
        "edges": np.round(edges, 4).tolist(),
        "aligned": counts(found.aligned),
        "random": counts(found.random),
        "mean_aligned": float(found.aligned.mean()),
        "mean_random": float(found.random.mean()),
    }


def _is_finished(path: Path, cell: Cell) -> bool:
    try:
        return bool(json.loads(path.read_bytes())["identity"] == cell.identity)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _summary(record: Record) -> str:
    if "metrics" in record:
        return f"MRR {record['metrics']['mrr']['value']:.3f}"
    return str(record.get("unavailable") or "measured")
