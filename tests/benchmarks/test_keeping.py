"""Collections are made once and read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.keeping import kept
from benchmarks.quality.types import Collection, Gold, Question


def test_collections_are_made_anew_only_for_another_reason(tmp_path: Path) -> None:
    made: list[Path] = []
    gold = Gold("a.go", "f", 2, 1, 9, overload_lines=(1, 3))
    questions = [Question("1", "what", "doc", (gold,))]

    def make(folder: Path) -> Iterator[Collection]:
        made.append(folder)
        yield Collection("unseen-go", "go", folder / "go", questions, prefix="x/")

    first = kept(tmp_path / "unseen", "packages", make)
    assert kept(tmp_path / "unseen", "packages", make) == first
    assert len(made) == 1
    kept(tmp_path / "unseen", "other packages", make)
    assert len(made) == 2
