"""The whole bench over a tiny set: files are indexed, questions asked, figures printed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from benchmarks.quality.__main__ import main

CODE = {
    "src/parsing.py": "def parse_duration(text):\n    return seconds(text)\n",
    "src/drawing.py": "def draw_circle(canvas, radius):\n    canvas.arc(radius)\n",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dev split of one repository and a hand-written set over the same, already fetched."""
    for name in ("dev", "handmade"):
        target = tmp_path / "cache" / "corpora" / name
        (target / ".done").mkdir(parents=True)
        (target / ".done" / "tiny").touch()
        for path, text in CODE.items():
            file = target / "tiny" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        folder = tmp_path / "bench" / name
        folder.mkdir(parents=True)
        root = "src" if name == "dev" else ""
        described = {"name": "tiny", "language": "python", "root": root}
        (folder / "corpora.json").write_text(json.dumps([described]))
    annotations = tmp_path / "bench" / "dev" / "annotations"
    annotations.mkdir()
    asked = {"query": "parse a duration", "relevant": ["src/parsing.py"], "category": "semantic"}
    (annotations / "tiny.json").write_text(json.dumps([asked]))
    gold = {"path": "src/drawing.py", "name": "draw_circle", "start_line": 1, "end_line": 2}
    rows: list[dict[str, object]] = [
        {"id": "1", "corpus": "tiny", "kind": "nl", "query": "draw a circle on the canvas", "gold": [gold]},
        {"id": "2", "corpus": "tiny", "kind": "absent", "query": "zyzzyva quokka", "gold": []},
    ]
    (tmp_path / "bench" / "handmade" / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def run(data: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    # Restored at the end of the test, although the bench sets it itself.
    monkeypatch.setenv("MINDGAP_HOME", str(data / "unused"))
    places = ["--bench", str(data / "bench"), "--cache", str(data / "cache")]
    monkeypatch.setattr("sys.argv", ["quality", *places, *arguments])
    return main()


def test_figures_are_measured_and_written(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = data / "report.json"
    arguments = ("--parts", "dev,handmade", "--variants", "instant,bm25", "--worst", "--json", str(report))
    assert run(data, monkeypatch, *arguments) == 0
    printed = capsys.readouterr()
    assert "| 24 repositories, files | ndcg@10 | 1 | 1.000 ±0.000 | 1.000 ±0.000 | 0.87/0.89 |" in printed.out
    assert "src/drawing.py:1 draw_circle" in printed.out
    assert "indexed" in printed.err
    parts = json.loads(report.read_text())["parts"]
    assert parts["handmade"]["variants"]["instant"]["targets"]["recall@5 nl+pseudocode"]["value"] == 1.0
    assert [row["question"] for row in parts["handmade"]["outcomes"]["bm25"]] == ["1", "2"]


def test_a_second_run_indexes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--parts", "dev", "--variants", "instant")
    run(data, monkeypatch, *arguments)
    capsys.readouterr()
    run(data, monkeypatch, *arguments)
    assert "indexed" not in capsys.readouterr().err


def test_indexes_of_other_models_stay_for_a_day(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = (data / "cache" / "homes" / name for name in ("old", "young"))
    for home, age in ((old, 25), (young, 23)):
        home.mkdir(parents=True)
        then = time.time() - age * 3600
        os.utime(home, times=(then, then))
    run(data, monkeypatch, "--parts", "dev", "--variants", "instant", "--quiet")
    assert (old.exists(), young.exists()) == (False, True)


def test_parts_without_data_are_skipped_and_say_why(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, monkeypatch, "--parts", "cosqa,unseen", "--manifest", str(data / "none.toml")) == 0
    errors = capsys.readouterr().err
    assert "unseen: skipped. There is no manifest" in errors
    assert "cosqa: skipped. Say where the public sets are: --data FOLDER" in errors


def test_a_quick_run_asks_fewer_questions(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(data, monkeypatch, "--parts", "handmade", "--variants", "instant", "--most", "1")
    assert "handmade: tiny, 1 questions" in capsys.readouterr().err


def test_an_unknown_part_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(data, monkeypatch, "--parts", "dev,nonsense")
    assert "unknown: nonsense; known: dev, handmade" in capsys.readouterr().err
