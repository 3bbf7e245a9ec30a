"""Running a manifest: each cell once, one JSON record each; a killed run continues where it was."""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32
from mindgap_training.errors import PackageError
from mindgap_training.evaluate import Evaluation, evaluate
from mindgap_training.experiments.manifest import Cell, SetSpec
from mindgap_training.experiments.methods import Built, Workbench, build
from mindgap_training.experiments.searching import search_with_base, search_with_projection
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
    cells: Sequence[Cell], data: Path, packages: Path, out: Path, bench: Workbench, say: Say
) -> None:
    """Run the cells that have no record yet; `packages` is the folder of the manifests of mined packages.

    Where two experiments hold the same cell, it is measured once.
    """
    sets: dict[SetSpec, RetrievalSet] = {}
    known = {record["identity"]: record for cell in cells if (record := read_record(out, cell))}
    for number, cell in enumerate(cells):
        if read_record(out, cell) is not None:
            continue
        step("experiments", number, len(cells), bench.progress, bench.cancelled)
        started = time.monotonic()
        try:
            if cell.set not in sets:
                sets = {cell.set: load_set(cell.set_name, cell.set, data, packages)}
        except PackageError as error:
            say(f"{cell.name}: left out. {error}")
            continue
        record = known.get(cell.identity) or run_cell(cell, sets[cell.set], bench)
        record = {**record, **_name(cell)}
        known[cell.identity] = record
        write_atomically(record_path(out, cell), _one_key_a_line(record))
        say(f"{cell.name}: {_summary(record)} ({time.monotonic() - started:.0f} s)")


def record_path(out: Path, cell: Cell) -> Path:
    """Where a cell's record is kept."""
    return out / "records" / f"{cell.name}.json"


def read_record(out: Path, cell: Cell) -> Record | None:
    """The record of a cell; None if it was not measured, or with other settings."""
    try:
        record: Record = json.loads(record_path(out, cell).read_bytes())
        return record if record["identity"] == cell.identity else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def run_cell(cell: Cell, task: RetrievalSet, bench: Workbench) -> Record:
    """Measure one cell. Where an optional method cannot be had, the record says why."""
    started = time.monotonic()
    method = cell.settings.method
    try:
        if cell.optional and method in bench.unavailable:
            raise ModelError(bench.unavailable[method])
        measured = _MEASURES[cell.experiment.measure](cell, task, bench)
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
        "questions_by_language": _by_language(task),
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


def _search(cell: Cell, task: RetrievalSet, _: Workbench) -> Record:
    run = search_with_base if cell.settings.method == "base" else search_with_projection
    with tempfile.TemporaryDirectory(prefix="mindgap-search-") as folder:
        found = run(task, cell.settings, Path(folder))
    per_query = {"mrr": found.reciprocal_ranks}
    return {
        "metrics": {name: asdict(value) for name, value in estimates(per_query, cell.seed).items()},
        "per_query": {"mrr": np.round(found.reciprocal_ranks, 4).tolist()},
        "search": {"fingerprint": found.fingerprint, "units_encoded": found.units_encoded},
    }


def _speed(cell: Cell, task: RetrievalSet, _: Workbench) -> Record:
    job = SpeedJob(
        base=cell.settings.base,
        method=cell.settings.method,
        output=cell.settings.heads.output,
        queries=tuple(task.queries[:_SPEED_QUERIES]),
        documents=tuple(task.documents[:_SPEED_DOCUMENTS]),
    )
    return {"speed": asdict(measure_speed(job))}


_MEASURES: dict[str, Callable[[Cell, RetrievalSet, Workbench], Record]] = {
    "retrieval": _retrieval,
    "search": _search,
    "speed": _speed,
}


def _training(built: Built) -> Record:
    run = built.run
    return {
        "pairs": built.pairs,
        "parameters": built.parameters,
        "seconds": round(run.seconds, 2) if run else 0.0,
        "best_step": run.best_step if run else 0,
        "history": [asdict(check) for check in run.history] if run else [],
    }


def _name(cell: Cell) -> Record:
    return {
        "name": cell.name,
        "label": cell.label,
        "command": f"mindgap train reproduce DATA --only {cell.name}",
    }


def _about(cell: Cell, task: RetrievalSet) -> Record:
    return {
        **_name(cell),
        "identity": cell.identity,
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


def _by_language(task: RetrievalSet) -> dict[str, list[int]]:
    """Places of the questions whose own answer is in a language."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, right in enumerate(task.relevant):
        places[task.documents[right[0]].language].append(place)
    return dict(sorted(places.items()))


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


def _one_key_a_line(record: Record) -> str:
    """JSON that people can read and whose long lists do not fill pages."""
    lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in record.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _summary(record: Record) -> str:
    if "metrics" in record:
        return f"MRR {record['metrics']['mrr']['value']:.3f}"
    return str(record.get("unavailable") or "measured")
