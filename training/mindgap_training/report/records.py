"""The records of a manifest's cells, by experiment and set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from mindgap_training.errors import TrainingError
from mindgap_training.experiments.manifest import Cell, Experiment
from mindgap_training.experiments.runner import Record, read_record


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

    def labelled(self, label: str) -> Record | None:
        """The first measured record of that label."""
        return next((r for r in self.measured if r["label"] == label), None)


@dataclass(frozen=True, slots=True)
class ExperimentResults:
    """All records of one experiment."""

    about: Experiment
    sets: Sequence[Results]


def read_records(cells: Sequence[Cell], out: Path) -> list[ExperimentResults]:
    """What was measured of the cells, in their order."""
    found = [
        ExperimentResults(experiment, sets)
        for experiment, group in groupby(cells, key=lambda cell: cell.experiment)
        if (sets := list(_by_set(list(group), out)))
    ]
    if not found:
        raise TrainingError(f"{out} holds no records of this manifest. Run the experiments first.")
    return found


def _by_set(cells: Sequence[Cell], out: Path) -> Iterator[Results]:
    for name, group in groupby(cells, key=lambda cell: cell.set_name):
        records = [record for cell in group if (record := read_record(out, cell)) is not None]
        if records:
            yield Results(records[0]["set"]["title"] or name, records)
