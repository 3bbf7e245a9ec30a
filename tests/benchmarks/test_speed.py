from __future__ import annotations

from pathlib import Path

from benchmarks.speed.corpora import renamed
from benchmarks.speed.measure import Latency
from benchmarks.speed.report import plot, ratios, regressions, table

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source

BEFORE = {
    "1k": {
        "units": 1_000,
        "index_seconds": 2.0,
        "index_cpu_seconds": 3.0,
        "semble_seconds": 1.0,
        "bytes_per_unit": 900.0,
        "branch_back_encoded": 0,
        "query_ms": {"p50": 4.0, "p95": 9.0},
        "query_while_indexing_ms": {"p50": 5.0, "p95": 12.0},
        "ripgrep_ms": None,
    }
}


def test_ratios_leave_out_what_was_not_measured() -> None:
    found = ratios(BEFORE["1k"])
    assert found["index wall time / semble's"] == 2.0
    assert found["bytes per unit / 1,500"] == 0.6
    assert "query p50 / scan of ripgrep" not in found


def test_a_slower_machine_is_no_regression_but_a_worse_ratio_is() -> None:
    slower = {**BEFORE["1k"], "index_seconds": 20.0, "index_cpu_seconds": 30.0, "semble_seconds": 10.0}
    assert regressions({"1k": slower}, BEFORE) == []
    planted = {**BEFORE["1k"], "index_seconds": 4.0, "branch_back_encoded": 7}
    assert regressions({"1k": planted}, BEFORE) == [
        "1k: index wall time / semble's is 4.00, it was 2.00",
        "1k: encoded on the way back + 1 is 8.00, it was 1.00",
    ]


def test_the_table_has_a_column_a_corpus() -> None:
    shown = table({**BEFORE, "other": {**BEFORE["1k"], "units": 12_345}}).splitlines()
    assert shown[0].split() == ["1k", "other"]
    assert shown[1].split() == ["units", "1,000", "12,345"]
    assert any(line.split() == ["query_ms.p50", "4", "4"] for line in shown)


def test_curves_are_drawn(tmp_path: Path) -> None:
    plot(BEFORE, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 1_000


def test_percentiles() -> None:
    assert Latency.of([n / 1000 for n in range(101)]) == Latency(50.0, 95.0, 99.0)


def test_a_renamed_copy_parses_alike_and_shares_no_unit() -> None:
    source = (Path(__file__).parents[2] / "indexer/mindgap_indexer/words.py").read_text("utf-8")
    first, second = (
        parse_source(text.encode(), by_name("python"), "words").units for text in (source, renamed(source, 1))
    )
    assert [unit.kind for unit in first] == [unit.kind for unit in second]
    assert not {unit.content_hash for unit in first} & {unit.content_hash for unit in second}
