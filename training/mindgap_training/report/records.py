"""Reading the records of experiments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from mindgap_training.errors import TrainingError

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """The records of one experiment on one set, in the manifest's order."""

    title: str
    records: Sequence[Record]

    @property
    def measured(self) -> list[Record]:
        """Those with figures."""
        return [record for record in self.records if "metrics" in record]

    def find(self, method: str) -> Record | None:
        """The first measured record of a method."""
        return next((r for r in self.measured if r["settings"]["method"] == method), None)


@dataclass(frozen=True, slots=True)
class ExperimentResults:
    """All records of one experiment."""

    about: Record
    """As the manifest described it."""
    sets: Sequence[Results]


def read_records(folder: Path) -> list[ExperimentResults]:
    """All records below a folder, by experiment and set in the manifest's order."""
    try:
        records: list[Record] = [json.loads(path.read_bytes()) for path in folder.rglob("*.json")]
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"A record in {folder} cannot be read ({error}). Delete it and run again."
        ) from error
    if not records:
        raise TrainingError(f"{folder} holds no records. Run the experiments first.")
    records.sort(key=_position)
    return [
        ExperimentResults(group[0]["experiment"], _by_set(group))
        for group in (list(found) for _, found in groupby(records, key=lambda r: r["order"]))
    ]


def _by_set(records: Sequence[Record]) -> list[Results]:
    groups = (list(found) for _, found in groupby(records, key=lambda r: r["set"]["name"]))
    return [Results(group[0]["set"]["title"] or group[0]["set"]["name"], group) for group in groups]


def _position(record: Record) -> tuple[int, int, int, int]:
    sets = list(record["experiment"]["sets"])
    return record["order"], sets.index(record["set"]["name"]), record["place"], record["seed"]
