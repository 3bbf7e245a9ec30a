"""From a cell's settings to the retriever that is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mindgap_indexer.encoding import EmbeddingModel, StaticEncoder
from mindgap_indexer.encoding.model import DEFAULT_MODEL
from mindgap_indexer.encoding.static_model import read_static_model
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.baselines.bm25 import Bm25
from mindgap_training.baselines.dense import Dense, add_noise
from mindgap_training.baselines.dpr import PublishedDpr, dpr_style
from mindgap_training.baselines.hybrid import fit_hybrid
from mindgap_training.baselines.model import ModelRetriever
from mindgap_training.baselines.protocol import Retriever
from mindgap_training.embeddings import FrozenBase, load_base
from mindgap_training.errors import TrainingError
from mindgap_training.evaluate import calibration_texts
from mindgap_training.experiments.manifest import CellSettings
from mindgap_training.loop import Trained
from mindgap_training.model import parameter_count
from mindgap_training.pairs import Pair
from mindgap_training.progress import never, no_progress
from mindgap_training.pseudocode import synthetic_pairs
from mindgap_training.retrieval import RetrievalSet
from mindgap_training.static_table import StaticConfig, train_static
from mindgap_training.train import TrainingVectors, base_vectors, train_heads


@dataclass(frozen=True, slots=True)
class Built:
    """A retriever, and what making it took."""

    retriever: Retriever
    parameters: int = 0
    """Values trained here, the base's own not counted."""
    pairs: int = 0
    """That it was trained on."""
    run: Trained | None = None


@dataclass(slots=True)
class Workbench:
    """What cells share: loaded bases and the caller's wishes."""

    cache: Path | None = None
    progress: ProgressCallback = no_progress
    cancelled: CancelCheck = never
    unavailable: dict[str, str] = field(default_factory=dict[str, str])
    """Optional methods that could not be had, and why: a second try would wait for the network again."""
    _bases: dict[tuple[str, str, int], FrozenBase] = field(
        default_factory=dict[tuple[str, str, int], FrozenBase]
    )

    def base(self, settings: CellSettings) -> FrozenBase:
        """The base of a cell, loaded once."""
        key = (settings.base, settings.reading, settings.max_tokens)
        if key not in self._bases:
            self._bases[key] = load_base(
                settings.base,
                reading="unit" if settings.reading == "unit" else "text",
                max_tokens=settings.max_tokens,
                cache=self.cache,
                progress=self.progress,
                cancelled=self.cancelled,
            )
        return self._bases[key]


def build(settings: CellSettings, task: RetrievalSet, bench: Workbench) -> Built:
    """The retriever of a cell, trained if it must be."""
    match settings.method:
        case "bm25":
            return Built(Bm25())
        case "dpr":
            return Built(PublishedDpr())
        case "base":
            return Built(Dense(bench.base(settings), None, settings.base_noise, settings.loop.seed))
        case "dpr-style":
            return _dpr_style(settings, task, bench)
        case "hybrid":
            return _hybrid(settings, task, bench)
        case "static-table":
            return _static_table(settings, task, bench)
        case _:
            return _projection(settings, task, bench)


def training_pairs(settings: CellSettings, task: RetrievalSet) -> list[Pair]:
    """The pairs that a cell trains on; fewer pairs are a part of more."""
    human = list(task.train)[: settings.train_pairs or None]
    if settings.pseudocode == "human":
        return human
    synthetic = synthetic_pairs(human, settings.loop.seed)
    return synthetic if settings.pseudocode == "synthetic" else [*human, *synthetic]


def _projection(settings: CellSettings, task: RetrievalSet, bench: Workbench) -> Built:
    return _trained(settings, task, bench, settings)


def _dpr_style(settings: CellSettings, task: RetrievalSet, bench: Workbench) -> Built:
    heads, loop = dpr_style(settings.loop)
    return _trained(CellSettings(heads=heads, loop=loop), task, bench, settings)


def _hybrid(settings: CellSettings, task: RetrievalSet, bench: Workbench) -> Built:
    built = _projection(settings, task, bench)
    hybrid = fit_hybrid(Bm25(), built.retriever, *calibration_texts(task.calibration))
    return Built(hybrid, built.parameters, built.pairs, built.run)


def _trained(shape: CellSettings, task: RetrievalSet, bench: Workbench, settings: CellSettings) -> Built:
    base, noise, seed = bench.base(settings), settings.base_noise, settings.loop.seed
    pairs = training_pairs(settings, task)
    clean = base_vectors(pairs, base)
    vectors = TrainingVectors(
        # Other numbers than in measuring: the noise of the test must not be known.
        add_noise(clean.queries, noise, seed + 101),
        add_noise(clean.codes, noise, seed + 102),
        clean.code_ids,
        clean.groups,
    )
    heads, run = train_heads(vectors, shape.heads, shape.loop, None, bench.progress, bench.cancelled)
    return Built(Dense(base, heads, noise, seed), parameter_count(heads), len(pairs), run)


def _static_table(settings: CellSettings, task: RetrievalSet, bench: Workbench) -> Built:
    if settings.base != "static":
        raise TrainingError('The method static-table needs base = "static".')
    pairs = training_pairs(settings, task)
    start, _ = read_static_model(DEFAULT_MODEL)
    config = StaticConfig(loop=settings.loop)
    model, heads, run = train_static(start, pairs, config, None, bench.progress, bench.cancelled)
    retriever = ModelRetriever(EmbeddingModel(StaticEncoder(model), heads))
    return Built(retriever, model.table.rows.size, len(pairs), run)
