"""The deep model in several runs, each from where the one before ended.

[deep]
base = "all-MiniLM-L6-v2"
set = { layers = 3 }                      # optional: settings of all runs

[[deep.run]]
name = "code"
set = { steps = 400 }                     # settings of this one
files = { "documented.jsonl.gz" = 0.4 }   # shares of the batches, of files of pairs …
corpora = { cosqa = 0.2 }                 # … and of public sets
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.configuration import override
from mindgap_training.deep.bert import Bert, mixed
from mindgap_training.deep.samples import Sample
from mindgap_training.deep.sources import corpus_samples, read_samples
from mindgap_training.deep.tune import TuneConfig, Tuned, tune
from mindgap_training.errors import ManifestError
from mindgap_training.progress import never, no_progress
from mindgap_training.recipe import read_recipe

Shares = Mapping[str, float]
_KEYS = {"name", "set", "files", "corpora"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its settings and what its batches are mixed of."""

    name: str
    config: TuneConfig
    files: Shares = field(default_factory=dict[str, float])
    corpora: Shares = field(default_factory=dict[str, float])

    @property
    def weights(self) -> Shares:
        """The shares of all sources by name."""
        return {**self.files, **self.corpora}


@dataclass(frozen=True, slots=True)
class Runs:
    """A base and the runs that it goes through."""

    base: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """A run that is done."""

    run: Run
    tuned: Tuned
    sources: Mapping[str, int]
    """How many samples each has."""


def read_runs(path: Path) -> Runs:
    """The table [deep] of a recipe."""
    content = read_recipe(path, "deep")
    base, tables = content.get("base"), content.get("run")
    if not isinstance(base, str) or not isinstance(tables, list) or not tables:
        raise ManifestError(f"{path}: [deep] needs a base, and a table [[deep.run]] for each run.")
    common = override(TuneConfig(), _table(f"{path}, [deep]", content, "set"))
    runs = [
        _run(f"{path}, run {number}", table, common)
        for number, table in enumerate(cast("list[object]", tables), 1)
    ]
    if len({run.name for run in runs}) < len(runs):
        raise ManifestError(f"{path}: two runs have one name. Rename one.")
    return Runs(base, tuple(runs))


def tune_in_runs(
    bert: Bert,
    runs: Sequence[Run],
    files: Path,
    data: Path,
    folder: Path,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
    model: EmbeddingModel | None = None,
) -> Iterator[Done]:
    """Tune a BERT run by run, each with its checkpoint in a folder of its own below `folder`.

    Whoever starts again continues: a run that is done only gives its weights, unless what it was made from
    has changed. Files of pairs are below `files`, public sets below `data`. `model` is as in `tune`.
    """
    known: dict[str, list[Sample]] = {}
    for run in runs:
        known |= {name: read_samples(files / name) for name in run.files if name not in known}
        known |= {name: corpus_samples(name, data) for name in run.corpora if name not in known}
        sources = {name: known[name] for name in run.weights}
        tuned = tune(bert, sources, run.weights, run.config, folder / run.name, progress, cancelled, model)
        bert = mixed(bert, tuned.weights, 1.0)
        yield Done(run, tuned, {name: len(samples) for name, samples in sources.items()})


def _run(where: str, content: object, common: TuneConfig) -> Run:
    table = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    if unknown := table.keys() - _KEYS:
        raise ManifestError(
            f"{where}: the key {min(unknown)!r} is unknown. Known are: {', '.join(sorted(_KEYS))}."
        )
    name = table.get("name")
    if not isinstance(name, str) or not name.replace("-", "").isalnum():
        raise ManifestError(f"{where}: it needs a name of letters, digits and dashes.")
    run = Run(
        name,
        override(common, _table(where, table, "set")),
        _shares(where, table, "files"),
        _shares(where, table, "corpora"),
    )
    if not run.weights:
        raise ManifestError(f"{where}: it has nothing to train on. Give it `files` or `corpora`.")
    if strange := set(run.config.mix.near_of) - run.weights.keys():
        raise ManifestError(f"{where}: mix.near_of names {min(strange)!r}, which is none of its sources.")
    return run


def _shares(where: str, table: Mapping[str, object], key: str) -> Shares:
    shares = {
        name: float(share)
        for name, share in _table(where, table, key).items()
        if isinstance(share, int | float) and share > 0
    }
    if len(shares) < len(_table(where, table, key)):
        raise ManifestError(f"{where}: each share of `{key}` is a number above 0.")
    return shares


def _table(where: str, table: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: `{key}` is no table. Write it as {{ name = value }}.")
    return cast("dict[str, object]", value)
