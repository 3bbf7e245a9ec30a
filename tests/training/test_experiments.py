from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from mindgap_indexer.errors import Cancelled
from mindgap_training.commands.reproduce import reproduce
from mindgap_training.errors import ManifestError, PackageError, TrainingError
from mindgap_training.experiments.manifest import Cell, SetSpec, read_manifest
from mindgap_training.experiments.methods import Workbench
from mindgap_training.experiments.runner import run_cell, run_manifest
from mindgap_training.experiments.sets import load_set
from mindgap_training.mining import Mined, Package
from mindgap_training.pairs import UnitPair
from mindgap_training.report.markdown import write_report
from mindgap_training.retrieval import RetrievalSet
from tests.fakes import make_tiny_model
from tests.training.model_helpers import foreign_pairs

pytestmark = pytest.mark.transformers
ROOT = Path(__file__).parents[2]
MANIFEST = """
[defaults]
base = "{base}"
"loop.steps" = 40
"loop.batch" = 32
"loop.check_every" = 20

[sets.words]
title = "Words of two languages"
corpora = ["tatoeba"]

[[experiments]]
name = "paper"
title = "Side by side"
sets = ["words"]
figure = "bars"
failures = true
variants = [
    {{ label = "BM25", method = "bm25" }},
    {{ label = "DPR", method = "dpr", optional = true }},
    {{ label = "DPR-style", method = "dpr-style" }},
    {{ label = "base", method = "base" }},
    {{ label = "projection", "heads.shared" = false }},
    {{ label = "both", method = "hybrid" }},
]

[[experiments]]
name = "data"
sets = ["words"]
figure = "curve"
seeds = [0, 1]
variants = [
    {{ label = "base", method = "base" }},
    {{ label = "50", train_pairs = 50 }},
    {{ label = "100", train_pairs = 100 }},
]

[[experiments]]
name = "cosines"
sets = ["words"]
figure = "cosines"
variants = [{{ label = "base", method = "base" }}, {{ label = "noisy", base_noise = 0.5 }}]

[[experiments]]
name = "speed"
measure = "speed"
sets = ["words"]
variants = [{{ label = "projection" }}]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of public sets with one of them, made here."""
    folder = tmp_path / "data" / "tatoeba_en_fr"
    folder.mkdir(parents=True)
    pairs = [*foreign_pairs(160), *foreign_pairs(40, 1, "dev")]
    rows = [{"id": p.id, "en": p.query, "fr": p.code, "split": p.split} for p in pairs]
    with gzip.open(folder / "sentences.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    return folder.parent


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def offline(*_: object) -> None:
        from mindgap_indexer.errors import ModelError

        raise ModelError("The DPR encoder cannot be loaded.")

    monkeypatch.setattr("mindgap_training.experiments.methods.PublishedDpr", offline)
    path = tmp_path / "experiments.toml"
    base = make_tiny_model(tmp_path / "base").as_posix()
    path.write_text(MANIFEST.format(base=base), "utf-8")
    return path


def records(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted((out / "records").rglob("*.json"))
    }


def figures_only(data: bytes) -> dict[str, object]:
    """A record without what depends on the clock."""
    record: dict[str, Any] = json.loads(data)
    record.pop("seconds")
    record.pop("speed", None)
    record.get("training", {}).pop("seconds", None)
    return record


def test_whole_manifest_runs_twice_to_the_same_figures(data: Path, manifest: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        reproduce(data, manifest, tmp_path / name / "results", threads=1)
    first, second = (records(tmp_path / name / "results") for name in ("a", "b"))
    assert len(first) == 6 + 6 + 2 + 1
    assert {k: figures_only(v) for k, v in first.items()} == {k: figures_only(v) for k, v in second.items()}
    report = (tmp_path / "a" / "RESULTS.md").read_text("utf-8")
    assert "## Side by side" in report
    assert "not measured yet" not in report
    assert "Where the projection fails" in report
    assert "DPR was not measured" in report
    for name in first:
        assert f"(results/{name})" in report
    for name in ("paper", "data", "cosines"):
        image = (tmp_path / "a" / "results" / "figures" / f"{name}.png").read_bytes()
        assert image.startswith(b"\x89PNG")
        assert f"results/figures/{name}.png" in report


def test_records_hold_what_a_reader_needs(data: Path, manifest: Path, tmp_path: Path) -> None:
    reproduce(data, manifest, tmp_path / "results", only="paper/words/projection")
    report = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "14 of 15 cells are not measured yet:** paper (5), data (6), cosines (2), speed (1)." in report
    (record,) = (json.loads(value) for value in records(tmp_path / "results").values())
    assert record["command"] == "mindgap train reproduce DATA --only paper/words/projection"
    assert record["seed"] == 0
    assert record["settings"]["heads"]["shared"] is False
    mrr = record["metrics"]["mrr"]
    assert mrr["low"] <= mrr["value"] <= mrr["high"]
    assert len(record["per_query"]["mrr"]) == record["set"]["measured_queries"] == 40
    assert sum(record["cosines"]["aligned"]) == 40


def test_stopped_run_continues_and_changed_cells_are_measured_again(
    data: Path, manifest: Path, tmp_path: Path
) -> None:
    out = tmp_path / "results"
    cells = [cell for cell in read_manifest(manifest) if cell.experiment.name == "data"]

    def stop_after_one() -> bool:
        return bool(list(out.rglob("*.json")))

    said: list[str] = []
    with pytest.raises(Cancelled):
        run_manifest(cells, data, tmp_path, out, Workbench(cancelled=stop_after_one), said.append)
    assert len(records(out)) == len(said) == 1
    kept = records(out)
    run_manifest(cells, data, tmp_path, out, Workbench(), said.append)
    assert len(said) == len(cells) == 6
    assert kept.items() <= records(out).items()
    run_manifest(cells, data, tmp_path, out, Workbench(), said.append)
    assert len(said) == 6
    manifest.write_text(manifest.read_text("utf-8").replace("train_pairs = 50", "train_pairs = 60"), "utf-8")
    changed = [cell for cell in read_manifest(manifest) if cell.experiment.name == "data"]
    run_manifest(changed, data, tmp_path, out, Workbench(), said.append)
    assert len(said) == 8


def test_a_cell_that_two_experiments_hold_is_measured_once(
    data: Path, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "results"
    cells = [cell for cell in read_manifest(manifest) if cell.settings.method == "base"]
    assert len({cell.identity for cell in cells}) == 2
    assert len(cells) == 4
    measured: list[str] = []

    def count(cell: Cell, task: RetrievalSet, bench: Workbench) -> dict[str, Any]:
        measured.append(cell.name)
        return run_cell(cell, task, bench)

    monkeypatch.setattr("mindgap_training.experiments.runner.run_cell", count)
    run_manifest(cells, data, tmp_path, out, Workbench(), lambda _: None)
    assert measured == ["paper/words/base", "data/words/base-seed1"]
    copy = json.loads((out / "records" / "data" / "words" / "base-seed0.json").read_bytes())
    assert copy["name"] == "data/words/base-seed0"
    assert copy["command"].endswith("data/words/base-seed0")


def test_mined_sets_ask_about_the_first_package_of_each_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pairs(package: Package, *_: object, limit: int) -> Mined:
        assert limit > 0
        texts = [f"{word} of {package.name}" for word in ("first", "second", "third")]
        return Mined([UnitPair(t, t, f"def f(): {t}", "python", group=package.name) for t in texts])

    def nothing(*_: object) -> None: ...

    monkeypatch.setattr("mindgap_training.experiments.sets.fetch", nothing)
    monkeypatch.setattr("mindgap_training.experiments.sets.mine_package", pairs)
    monkeypatch.setenv("MINDGAP_HOME", str(tmp_path / "home"))
    names = ["asked", *(f"trained{i}" for i in range(9))]
    tables = (f'[[package]]\nregistry = "pypi"\nname = "{name}"\nlicence = "MIT"\n' for name in names)
    (tmp_path / "packages.toml").write_text("".join(tables), "utf-8")
    task = load_set("mined", SetSpec(packages="packages.toml"), tmp_path, tmp_path)
    assert len(task.queries) == 3
    assert all("asked" in query for query in task.queries)
    assert not any("asked" in pair.query for pair in task.train)
    monkeypatch.setattr("mindgap_training.experiments.sets.mine_package", None)
    again = load_set("mined", SetSpec(packages="packages.toml"), tmp_path, tmp_path)
    assert again.queries == task.queries


def test_packages_that_cannot_be_had_leave_their_cells_out(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object) -> None:
        raise PackageError("pip failed.")

    monkeypatch.setattr("mindgap_training.experiments.runner.load_set", offline)
    said: list[str] = []
    run_manifest(read_manifest(manifest)[:1], tmp_path, tmp_path, tmp_path / "out", Workbench(), said.append)
    assert said == ["paper/words/bm25: left out. pip failed."]
    assert not records(tmp_path / "out")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[sets.words]", "[sets.words", "cannot be read"),
        ('method = "bm25"', 'method = "magic"', "magic is none of"),
        ('"loop.steps" = 40', '"loop.stepps" = 40', "loop.stepps"),
        ('sets = ["words"]', 'sets = ["nothing"]', "names no known set"),
        ("failures = true", "failing = true", "has no failing"),
        ('measure = "speed"', 'measure = "weight"', "measures none of"),
    ],
)
def test_wrong_manifests_are_named(manifest: Path, before: str, after: str, message: str) -> None:
    manifest.write_text(manifest.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(ManifestError, match=message):
        read_manifest(manifest)


def test_the_projects_own_manifest_is_understood() -> None:
    cells = read_manifest(ROOT / "training" / "experiments.toml")
    assert len({cell.name for cell in cells}) == len(cells) > 100


def test_report_without_records_says_what_to_do(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Run the experiments first"):
        write_report(read_manifest(manifest), tmp_path / "results")
