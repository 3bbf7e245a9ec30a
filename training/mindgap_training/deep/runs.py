"""A model of the deep tier in several runs, each from where the one before ended.

[deep]
base = "all-MiniLM-L6-v2"
set = { layers = 3 }                      # optional: settings of all runs

[[deep.run]]
name = "code"
set = { steps = 400 }                     # settings of this one
files = { "documented.jsonl.gz" = 0.4 }   # shares of the batches, of files of pairs …
corpora = { cosqa = 0.2 }                 # … and of public sets

The cross-encoder has the same in [cross], without a base: it starts from the deep model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar, cast

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.configuration import override
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.cross import CrossConfig
from mindgap_training.deep.samples import Sample
from mindgap_training.deep.sources import corpus_samples, read_samples
from mindgap_training.deep.training import RunConfig, Tuned
from mindgap_training.deep.tune import TuneConfig
from mindgap_training.errors import ManifestError
from mindgap_training.progress import never, no_progress
from mindgap_training.recipe import read_recipe

Shares = Mapping[str, float]
Config = TypeVar("Config", bound=RunConfig)
_Taken = TypeVar("_Taken", bound=RunConfig, contravariant=True)
_KEYS = {"name", "set", "files", "corpora"}


@dataclass(frozen=True, slots=True)
class Run(Generic[Config]):
    """One run: its settings and what its batches are mixed of."""

    name: str
    config: Config
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
    runs: tuple[Run[TuneConfig], ...]


@dataclass(frozen=True, slots=True)
class Done(Generic[Config]):
    """A run that is done."""

    run: Run[Config]
    tuned: Tuned
    sources: Mapping[str, int]
    """How many samples each has."""

    def told(self) -> Mapping[str, object]:
        """What to keep of it beside its weights, as JSON has it."""
        return {
            "name": self.run.name,
            "settings": asdict(self.run.config),
            "shares": dict(self.run.weights),
            "pairs": dict(self.sources),
            "steps": self.tuned.steps,
            "seconds": round(self.tuned.seconds),
            "losses": self.tuned.losses,
        }


class Training(Protocol[_Taken]):
    """What makes a run: `tune` or `train_cross`."""

    def __call__(
        self,
        bert: Bert,
        sources: Mapping[str, Sequence[Sample]],
        weights: Shares,
        config: _Taken,
        folder: Path,
        progress: ProgressCallback,
        cancelled: CancelCheck,
        model: EmbeddingModel | None,
    ) -> Tuned:
        """Train a BERT as `config` says."""
        ...


def read_runs(path: Path) -> Runs:
    """The table [deep] of a recipe."""
    content = read_recipe(path, "deep")
    base = content.get("base")
    if not isinstance(base, str):
        raise ManifestError(f"{path}: [deep] needs a base, such as “all-MiniLM-L6-v2”.")
    runs = _runs(path, "deep", content, TuneConfig())
    for run in runs:
        if strange := set(run.config.mix.near_of) - run.weights.keys():
            raise ManifestError(
                f"{path}, run {run.name}: mix.near_of names {min(strange)!r}, which is none of its sources."
            )
    return Runs(base, runs)


def read_cross_runs(path: Path) -> tuple[Run[CrossConfig], ...]:
    """The table [cross] of a recipe."""
    return _runs(path, "cross", read_recipe(path, "cross"), CrossConfig())


def in_runs(
    training: Training[Config],
    bert: Bert,
    runs: Sequence[Run[Config]],
    files: Path,
    data: Path,
    folder: Path,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
    model: EmbeddingModel | None = None,
) -> Iterator[Done[Config]]:
    """Train a BERT run by run, each with its checkpoint in a folder of its own below `folder`.

    Whoever starts again continues: a run that is done only gives its weights, unless what it was made from
    has changed. Files of pairs are below `files`, public sets below `data`. `model` is as in `training`.
    """
    known: dict[str, list[Sample]] = {}
    for run in runs:
        known |= {name: read_samples(files / name) for name in run.files if name not in known}
        known |= {name: corpus_samples(name, data) for name in run.corpora if name not in known}
        sources = {name: known[name] for name in run.weights}
        place = folder / run.name
        tuned = training(bert, sources, run.weights, run.config, place, progress, cancelled, model)
        bert = replace(bert, weights={**bert.weights, **tuned.weights})
        yield Done(run, tuned, {name: len(samples) for name, samples in sources.items()})


def _runs(path: Path, table: str, content: Mapping[str, object], config: Config) -> tuple[Run[Config], ...]:
    found = content.get("run")
    if not isinstance(found, list) or not found:
        raise ManifestError(f"{path}: [{table}] needs a table [[{table}.run]] for each run.")
    common = override(config, _table(f"{path}, [{table}]", content, "set"))
    runs = [
        _run(f"{path}, run {number}", own, common)
        for number, own in enumerate(cast("list[object]", found), 1)
    ]
    if len({run.name for run in runs}) < len(runs):
        raise ManifestError(f"{path}: two runs have one name. Rename one.")
    return tuple(runs)


def _run(where: str, content: object, common: Config) -> Run[Config]:
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
