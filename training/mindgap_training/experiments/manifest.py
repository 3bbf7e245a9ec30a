"""The manifest of experiments: which sets, which variants, which seeds; read from TOML and checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from mindgap_indexer.encoding.tensors import short_hash
from mindgap_training.configuration import override
from mindgap_training.errors import ManifestError, TrainingError
from mindgap_training.loop import TrainConfig
from mindgap_training.model import HeadConfig

Measure = Literal["retrieval", "speed", "search"]
METHODS = ("bm25", "dpr", "dpr-style", "base", "projection", "hybrid", "static-table")


@dataclass(frozen=True, slots=True)
class SetSpec:
    """A retrieval set made from corpora; sizes bound the work, 0 takes everything."""

    title: str = ""
    corpora: tuple[str, ...] = ()
    """Names that `load_corpus` knows."""
    train: int = 0
    queries: int = 0
    dev_share: float = 0.0
    """Above 0 the pairs are split anew by group: for sets whose own dev split is small."""
    candidates: int = -1
    """Of the set's own code base, beside the answers: -1 none, 0 all."""
    same_group: bool = False
    """All answers of a question's group are right, not only its own."""
    packages: str = ""
    """Instead of corpora: a manifest of packages to mine, beside this one."""
    blind: bool = False
    """Take every identifier of the code out of the question."""
    crossing: bool = False
    """Ask with the code of one language for the code of another that does the same."""
    minimum_lines: int = 0
    """Leave out shorter code."""


@dataclass(frozen=True, slots=True)
class CellSettings:
    """Everything that a cell's figures depend on beside its set."""

    method: str = "projection"
    base: str = "all-MiniLM-L6-v2"
    """A name that `load_base` knows."""
    reading: str = "text"
    max_tokens: int = 128
    train_pairs: int = 0
    """At most so many training pairs, 0 for all."""
    pseudocode: str = "human"
    """`human`, `synthetic` or `both`: the questions of the training pairs."""
    base_noise: float = 0.0
    """Length of a random vector added to every base vector, in training and measuring."""
    heads: HeadConfig = field(default_factory=HeadConfig)
    loop: TrainConfig = field(default_factory=TrainConfig)


@dataclass(frozen=True, slots=True)
class Experiment:
    """A question that a table or a figure answers."""

    name: str = ""
    title: str = ""
    text: str = ""
    """What was asked and how to read the answer."""
    sets: tuple[str, ...] = ()
    measure: Measure = "retrieval"
    """`speed` takes the time of encoding and asking; `search` asks `mindgap search` itself."""
    figure: str = ""
    """`bars`, `curve` (labels are numbers), `cosines`, or none."""
    failures: bool = False
    """Show where the projection fails."""
    compare: tuple[str, ...] = ()
    """Pairs of labels, `human > synthetic`: how far the first is ahead over the same questions."""
    by_language: bool = False
    """Show the gain in every language."""
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement."""

    experiment: Experiment
    set_name: str
    set: SetSpec
    label: str
    settings: CellSettings
    optional: bool
    """What it needs may be out of reach; then the record says why."""

    @property
    def seed(self) -> int:
        """The seed of everything drawn by chance."""
        return self.settings.loop.seed

    @property
    def name(self) -> str:
        """Path of the record below the folder of all records, without its ending."""
        label = re.sub(r"[^a-z0-9.]+", "-", self.label.lower()).strip("-")
        seed = f"-seed{self.seed}" if len(self.experiment.seeds) > 1 else ""
        return f"{self.experiment.name}/{self.set_name}/{label}{seed}"

    @property
    def identity(self) -> str:
        """Short hash of all that the figures depend on; another identity is measured again."""
        return short_hash([self.experiment.measure, repr(asdict(self.set)), repr(asdict(self.settings))])


def read_manifest(path: Path) -> list[Cell]:
    """All cells of a manifest in its order."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(
            f"The manifest {path} cannot be read ({error}). Correct it and try again."
        ) from error
    try:
        return list(_cells(content))
    except ManifestError:
        raise
    except (TrainingError, TypeError, KeyError, AttributeError) as error:
        raise ManifestError(f"The manifest {path} is not understood: {error}") from error


def _cells(content: Mapping[str, Any]) -> Iterator[Cell]:
    defaults = override(CellSettings(), content.get("defaults", {}))
    sets = {name: _record(SetSpec, spec) for name, spec in content["sets"].items()}
    for table in cast("list[dict[str, Any]]", content["experiments"]):
        variants = cast("list[dict[str, object]]", table.pop("variants"))
        shared = cast("dict[str, object]", table.pop("settings", {}))
        experiment = _record(Experiment, table)
        for set_name in experiment.sets:
            if experiment.measure not in get_args(Measure):
                raise ManifestError(f"{experiment.name} measures none of {', '.join(get_args(Measure))}.")
            if set_name not in sets:
                raise ManifestError(f"The experiment {experiment.name} names no known set: {set_name}.")
            for variant in variants:
                changes = {**shared, **variant}
                label, optional = str(changes.pop("label")), bool(changes.pop("optional", False))
                settings = override(defaults, changes)
                if settings.method not in METHODS:
                    raise ManifestError(f"The method {settings.method} is none of {', '.join(METHODS)}.")
                for seed in experiment.seeds:
                    seeded = override(settings, {"loop.seed": seed})
                    yield Cell(experiment, set_name, sets[set_name], label, seeded, optional)


Record = TypeVar("Record")


def _record(kind: type[Record], values: Mapping[str, Any]) -> Record:
    known = {item.name for item in fields(cast("Any", kind))}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ManifestError(
            f"{kind.__name__} has no {', '.join(unknown)}; known: {', '.join(sorted(known))}."
        )
    return kind(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: object) -> Any:  # noqa: ANN401 - the fields' own types are checked by their use
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
