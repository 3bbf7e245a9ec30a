"""Source trees of a set that is described in a corpora.json, fetched when they are not here yet."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.types import Places, SkippedError


@dataclass(frozen=True, slots=True)
class Corpus:
    """One source tree."""

    name: str
    language: str
    folder: Path
    root: str
    """What of it is indexed; empty: all."""

    @property
    def indexed(self) -> Path:
        """The folder that is indexed."""
        return self.folder / self.root

    @property
    def prefix(self) -> str:
        """What paths below the indexed folder lack to be paths below the corpus."""
        return f"{self.root.rstrip('/')}/" if self.root else ""


def bench_folder(places: Places, name: str) -> Path:
    """A folder of the bench. Raises SkippedError when it is not there."""
    if places.bench is None:
        raise SkippedError("Say where the bench data is: --bench FOLDER (make quality BENCH=FOLDER).")
    folder = places.bench / name
    if not folder.is_dir():
        raise SkippedError(f"There is no folder {folder}.")
    return folder


def fetched(description: Path, script: Path, target: Path) -> list[Corpus]:
    """The corpora of a description, below `target`. Raises SkippedError when they cannot be fetched."""
    rows: list[dict[str, Any]] = json.loads(description.read_text(encoding="utf-8"))
    if not all((target / ".done" / row["name"]).is_file() for row in rows):
        _fetch(description, script, target)
    return [Corpus(row["name"], row["language"], target / row["name"], row["root"]) for row in rows]


def _fetch(description: Path, script: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(script), str(target), "--corpora", str(description)]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        raise SkippedError(f"Not every source tree of {description} could be fetched: see above.")
