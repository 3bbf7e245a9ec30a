"""Tuning a BERT that encodes questions and units on samples of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import torch

from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.deep.batches import Batches, Mix
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.near import nearest_samples
from mindgap_training.deep.samples import Sample, draw
from mindgap_training.deep.tokens import tokeniser
from mindgap_training.deep.torch_bert import SentenceBert
from mindgap_training.deep.training import Objective, RunConfig, Tuned, train
from mindgap_training.losses import LossConfig, contrastive_loss
from mindgap_training.progress import never, no_progress


@dataclass(frozen=True, slots=True)
class TuneConfig(RunConfig):
    """The numbers of a run."""

    learning_rate: float = 3e-5
    warm_up: int = 40
    query_tokens: int = 40
    unit_tokens: int = 64
    layers: int = 4
    """Upper layers that are trained."""
    loss: LossConfig = field(default_factory=LossConfig)
    mix: Mix = field(default_factory=Mix)


def tune(
    bert: Bert,
    sources: Mapping[str, Sequence[Sample]],
    weights: Mapping[str, float],
    config: TuneConfig,
    folder: Path,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
    model: EmbeddingModel | None = None,
) -> Tuned:
    """Train the upper layers contrastively: a question against the units of its batch and back.

    The run leaves a checkpoint in `folder` every few minutes and at its end, and continues from one. Easily
    taken for another (`mix.near_of`) is what `model` finds similar, by default the instant one that ships.
    """
    near_of = {name: samples for name, samples in sources.items() if name in config.mix.near_of}
    nearest = nearest_samples(model or load_default(), near_of, config.mix.nearest) if near_of else None
    batches = Batches(sources, weights, config.mix, config.seed, nearest)
    return train(_Contrast(bert, batches, config), config, folder, "tune", progress, cancelled)


class _Contrast(Objective):
    """Vectors of questions, near those of their answers and far from the rest of the batch."""

    def __init__(self, bert: Bert, batches: Batches, config: TuneConfig) -> None:
        self.model = self._encoder = SentenceBert(bert, config.layers)
        self.fingerprint = batches.fingerprint
        self._batches, self._config = batches, config
        self._tokenise = tokeniser(bert.tokenizer)

    def loss(self, step: int, random: Random) -> torch.Tensor:
        config = self._config
        samples = self._batches.batch(step)
        drawn = [draw(sample, config.hardening_of(sample), random) for sample in samples]
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            queries = self._encoder(self._tokenise([query for query, _ in drawn], config.query_tokens))
            units = self._encoder(self._tokenise([unit for _, unit in drawn], config.unit_tokens))
        return contrastive_loss(queries, units, same_answers(samples), config.loss)


def same_answers(samples: Sequence[Sample]) -> torch.Tensor:
    """(n, n): true where another's answer is right too: equal code, or an equal question."""
    codes = [(s.passage.signature, s.passage.body) for s in samples]
    queries = [s.query for s in samples]
    same = [
        [i != j and (codes[i] == codes[j] or queries[i] == queries[j]) for j in range(len(samples))]
        for i in range(len(samples))
    ]
    return torch.tensor(same)
