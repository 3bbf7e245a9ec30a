"""Collections that are dear to make, kept in a folder for as long as they would come out the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.quality.types import Collection, Gold, Question

_FORMAT = 1


def kept(folder: Path, reason: str, make: Callable[[Path], Iterable[Collection]]) -> Sequence[Collection]:
    """The collections below a folder, made anew when `reason` is another than they were made for."""
    file = folder / "collections.json"
    if file.is_file():
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if (data["format"], data["reason"]) == (_FORMAT, reason):
            return [_read(row) for row in data["collections"]]
    made = list(make(folder))
    rows = [asdict(collection) | {"root": str(collection.root), "rivals": None} for collection in made]
    written = {"format": _FORMAT, "reason": reason, "collections": rows}
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(written), encoding="utf-8")
    return made


def _read(row: dict[str, Any]) -> Collection:
    questions = [
        Question(q["id"], q["text"], q["kind"], tuple(_gold(gold) for gold in q["golds"]))
        for q in row["questions"]
    ]
    return Collection(row["name"], row["language"], Path(row["root"]), questions, row["prefix"])


def _gold(row: dict[str, Any]) -> Gold:
    lines = tuple(row.pop("overload_lines"))
    return Gold(**row, overload_lines=lines)
