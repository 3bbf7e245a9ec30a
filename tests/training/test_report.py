from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mindgap_training.experiments.manifest import Cell, CellSettings, Experiment, SetSpec
from mindgap_training.report.records import ExperimentResults, Results
from mindgap_training.report.tables import (
    comparisons,
    language_table,
    search_table,
    speed_table,
    summary_table,
)


def make_record(label: str, method: str, mrr: list[float]) -> dict[str, Any]:
    mean = {"value": float(np.mean(mrr)), "low": min(mrr), "high": max(mrr)}
    return {
        "name": f"paper/made/{label}",
        "label": label,
        "seed": 0,
        "settings": {"method": method},
        "metrics": {"mrr": mean},
        "per_query": {"mrr": mrr},
        "questions_by_language": {"go": [0, 1], "rust": [2, 3]},
        "search": {"fingerprint": f"f-{label}", "units_encoded": 1234},
    }


@pytest.fixture
def results() -> Results:
    rows = {
        "bm25": [0.2, 0.2, 0.2, 0.2],
        "base": [0.5, 0.5, 0.25, 0.25],
        "projection": [1.0, 1.0, 0.5, 0.5],
        "hybrid": [1.0, 1.0, 0.5, 0.5],
    }
    return Results("Made", [make_record(name, name, mrr) for name, mrr in rows.items()])


def test_comparisons_say_who_is_ahead_and_when_nobody_is(results: Results) -> None:
    wanted = ["projection > base", "base > projection", "hybrid > projection", "nobody > base"]
    ahead, behind, equal = comparisons(results, wanted)
    assert ahead.startswith("- projection against base: +0.375")
    assert ahead.endswith("ahead.")
    assert behind.endswith("behind.")
    assert equal.endswith("no difference to tell.")


def test_summary_holds_each_set_once_and_only_whole_rows(results: Results) -> None:
    incomplete = replace(results, title="Half", records=results.records[:2])
    experiments = [ExperimentResults(Experiment(), [results, incomplete, results])]
    lines = summary_table(experiments).splitlines()[2:]
    assert lines == ["| Made | 0.200 | – | 0.375 | 0.750 | 0.750 | +0.375 (+0.250 … +0.500) |"]


def test_languages_are_told_apart(results: Results) -> None:
    lines = language_table(results).splitlines()
    assert lines[2] == "| go | 2 | 0.200 | 0.500 | 1.000 | 1.000 |"
    assert lines[3] == "| rust | 2 | 0.200 | 0.250 | 0.500 | 0.500 |"


def test_search_table_names_the_model_in_the_index(results: Results) -> None:
    row = search_table(results).splitlines()[4]
    assert "`f-projection`" in row
    assert "1,234" in row
    assert "+0.375" in row


def test_speed_table_shows_ratios_with_their_ranges() -> None:
    latency = {"method_ms": 8.0, "base_ms": 8.1, "ratio": {"value": 0.99, "low": 0.98, "high": 1.01}}
    speed = {
        "latency": {"1": latency, "8": latency, "64": latency},
        "documents_per_second": 31.0,
        "parameters": 22_713_216,
        "memory_mb": 700.4,
        "bytes_per_document": 1536,
    }
    record = {"name": "speed/made/x", "label": "x", "speed": speed}
    row = speed_table(Results("Made", [record])).splitlines()[2]
    assert "0.990 (0.980–1.010)" in row
    assert "22,713,216" in row


def test_cells_with_one_identity_are_those_that_measure_the_same() -> None:
    cell = Cell(Experiment(name="a"), "made", SetSpec(), "x", CellSettings(), False)
    assert replace(cell, experiment=Experiment(name="b"), label="y").identity == cell.identity
    assert replace(cell, experiment=Experiment(measure="speed")).identity != cell.identity
    assert replace(cell, set=SetSpec(train=5)).identity != cell.identity
    assert replace(cell, settings=CellSettings(train_pairs=5)).identity != cell.identity
