"""Held-out packages become code without documentation and questions about it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from benchmarks.quality.parts import unseen
from benchmarks.quality.parts.unseen import Unseen
from benchmarks.quality.types import Places, SkippedError

from mindgap_training.errors import PackageError
from mindgap_training.mining.fetch import Fetched, fetch
from mindgap_training.mining.manifest import Package

MANIFEST = """
[[package]]
registry = "pypi"
name = "shapes"
version = "1.0"
licence = "MIT"
split = "heldout"

[[package]]
registry = "pypi"
name = "trained"
version = "1.0"
licence = "MIT"
"""
CODE = '''
def area(width, height):
    """Multiply both sides of a rectangle with each other."""
    return width * height


def undocumented(width):
    return width + 1
'''


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A manifest, and the archive of its held-out package in the cache."""
    manifest = tmp_path / "corpora.toml"
    manifest.write_text(MANIFEST)
    folder = tmp_path / "packages" / "pypi" / "shapes-1.0"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "shapes-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("shapes/plane/area.py", CODE)
        wheel.writestr("shapes/plane/other.py", "def nothing():\n    return None\n")
    return Places(tmp_path / "cache", manifest=manifest, packages=tmp_path / "packages")


def test_the_documentation_asks_for_the_code_that_lost_it(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen, "FEWEST", 1)
    monkeypatch.setattr(unseen, "LANGUAGES", 1)
    (collection,) = Unseen().collections(places)
    (question,) = collection.questions
    assert question.text == "Multiply both sides of a rectangle with each other."
    (gold,) = question.golds
    assert (gold.path, gold.name, gold.start_line) == ("shapes/area.py", "area", 2)
    text = (collection.root / gold.path).read_text()
    assert "Multiply" not in text
    assert text.splitlines()[1] == "def area(width, height):"


def test_without_held_out_packages_there_is_nothing_to_ask(places: Places) -> None:
    assert places.manifest is not None
    places.manifest.write_text(MANIFEST.replace('split = "heldout"', ""))
    with pytest.raises(SkippedError, match="held out"):
        next(Unseen().collections(places))


def test_a_package_that_is_gone_is_left_out(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert places.manifest is not None
    monkeypatch.setattr(unseen, "FEWEST", 1)
    monkeypatch.setattr(unseen, "LANGUAGES", 1)

    def without_gone(package: Package, cache: Path) -> Fetched:
        if package.name == "gone":
            raise PackageError("The registry has no such version.")
        return fetch(package, cache)

    monkeypatch.setattr(unseen, "fetch", without_gone)
    gone = MANIFEST.split("\n[[package]]")[1].replace("shapes", "gone")
    places.manifest.write_text(f"{MANIFEST}\n[[package]]{gone}")
    (collection,) = Unseen().collections(places)
    assert len(collection.questions) == 1
    assert "without pypi:gone" in capsys.readouterr().err


def test_few_languages_are_no_figure(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "FEWEST", 1)
    with pytest.raises(SkippedError, match="1 languages are here"):
        next(Unseen().collections(places))
