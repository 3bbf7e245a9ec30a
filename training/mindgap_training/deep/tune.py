"""Tuning a BERT on samples within a budget of minutes, with checkpoints to continue from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import cast

import numpy as np
import torch

from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.encoding.reading import readable
from mindgap_indexer.encoding.tensors import pack, short_hash, unpack
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.checkpoint import optimiser_state, restore_optimiser
from mindgap_training.deep.batches import Batches, Mix
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.near import nearest_samples
from mindgap_training.deep.samples import AS_IT_IS, Hardening, Sample, draw
from mindgap_training.deep.torch_bert import SentenceBert
from mindgap_training.files import write_atomically
from mindgap_training.losses import LossConfig, contrastive_loss
from mindgap_training.progress import never, no_progress, step
from mindgap_training.torch_seam import descend, tensor

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class TuneConfig:
    """The numbers of a run."""

    minutes: float = 50.0
    """The learning rate falls to zero over this time …"""
    steps: int = 1_000_000
    """… or over so many steps, whichever ends first; to repeat a run exactly, end it by steps."""
    layers: int = 4
    """Upper layers that are trained."""
    learning_rate: float = 3e-5
    warm_up: int = 40
    """Steps in which the learning rate rises."""
    weight_decay: float = 0.01
    query_tokens: int = 40
    unit_tokens: int = 64
    loss: LossConfig = field(default_factory=LossConfig)
    mix: Mix = field(default_factory=Mix)
    hardening: Hardening = field(default_factory=Hardening)
    plain: tuple[str, ...] = ()
    """Sources that are not hardened: questions that people asked are hard as they are."""
    bfloat16: bool = False
    """Products in half the bits, for processors that have them."""
    save_minutes: float = 3.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a run gave."""

    weights: Mapping[str, Float32]
    """The trained ones, by their names in the model."""
    steps: int
    seconds: float
    losses: Sequence[float]
    """Means of fifty steps each."""


_LOSSES_PER_MEAN = 50


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
    run = _Run(bert, Batches(sources, weights, config.mix, config.seed, nearest), config, folder)
    run.resume()
    total = min(config.steps, round(config.minutes * 60))
    try:
        while (done := run.share_done) < 1:
            step("tune", round(done * total), total, progress, cancelled)
            run.advance()
    finally:
        run.save()
    step("tune", total, total, progress, never)
    return Tuned(run.model.trained_weights(), run.step, run.seconds, run.mean_losses())


class _Run:
    """A run between two steps."""

    def __init__(self, bert: Bert, batches: Batches, config: TuneConfig, folder: Path) -> None:
        self.model = SentenceBert(bert, config.layers)
        self._batches, self._config, self._path = batches, config, folder / CHECKPOINT
        self._tokenise = tokeniser(bert.tokenizer)
        self._start = short_hash([weight.tobytes() for weight in self.model.trained_weights().values()])
        self._optimiser = torch.optim.AdamW(
            self.model.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self.step, self._before, self._losses = 0, 0.0, list[float]()
        self._started = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time of training, earlier runs included."""
        return self._before + time.monotonic() - self._started

    @property
    def share_done(self) -> float:
        """How much of the budget is used."""
        return max(self.step / self._config.steps, self.seconds / (60 * self._config.minutes))

    def advance(self) -> None:
        """One step; a checkpoint when it is time."""
        config = self._config
        random = Random(f"{config.seed}/{self.step}")
        samples = self._batches.batch(self.step)
        drawn = [draw(sample, self._hardening_of(sample), random) for sample in samples]
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            queries = self.model(self._tokenise([query for query, _ in drawn], config.query_tokens))
            units = self.model(self._tokenise([unit for _, unit in drawn], config.unit_tokens))
        loss = contrastive_loss(queries, units, same_answers(samples), config.loss)
        rate = config.learning_rate * min(1, (self.step + 1) / config.warm_up) * (1 - min(1, self.share_done))
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        descend(loss, self._optimiser)
        self._losses.append(float(loss.detach()))
        self.step += 1
        if time.monotonic() - self._saved > 60 * config.save_minutes:
            self.save()

    def _hardening_of(self, sample: Sample) -> Hardening:
        return AS_IT_IS if sample.source in self._config.plain else self._config.hardening

    def mean_losses(self) -> list[float]:
        """The course of the loss."""
        size = _LOSSES_PER_MEAN
        parts = [self._losses[at : at + size] for at in range(0, len(self._losses), size)]
        return [round(float(np.mean(part)), 4) for part in parts]

    def save(self) -> None:
        """Write weights and moments as they are."""
        self._saved = time.monotonic()
        moments = {f"moment.{name}": x.numpy() for name, x in optimiser_state(self._optimiser).items()}
        weights = {f"weight.{name}": x for name, x in self.model.trained_weights().items()}
        about = {
            "identity": self._identity(),
            "step": self.step,
            "seconds": self.seconds,
            "losses": self._losses,
        }
        write_atomically(self._path, pack({**weights, **moments}, about))
        write_atomically(
            self._path.with_suffix(".json"),
            json.dumps({**about, "losses": self.mean_losses()}, indent=1) + "\n",
        )

    def resume(self) -> None:
        """Take up the checkpoint of the same run."""
        if not self._path.is_file():
            return
        arrays, about = unpack(self._path.read_bytes(), self._path)
        if about.get("identity") != self._identity():
            return
        with torch.no_grad():
            for name, parameter in self.model.trained.items():
                parameter.copy_(tensor(arrays[f"weight.{name.replace('/', '.')}"].copy()))
        moments = {
            name.removeprefix("moment."): tensor(value.copy())
            for name, value in arrays.items()
            if name.startswith("moment.")
        }
        restore_optimiser(self._optimiser, moments)
        self.step, self._before = cast("int", about["step"]), cast("float", about["seconds"])
        self._losses = cast("list[float]", about["losses"])

    def _identity(self) -> str:
        config = json.dumps(asdict(self._config), sort_keys=True)
        return short_hash([config, self._batches.fingerprint, self._start])


def tokeniser(description: str) -> Callable[[Sequence[str], int], list[list[int]]]:
    """From texts to the ids of at most so many tokens each, marks included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(description)
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def tokenise(texts: Sequence[str], most: int) -> list[list[int]]:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(readable(texts, most))]
        return [own if len(own) <= most else [*own[: most - 1], own[-1]] for own in ids]

    return tokenise


def same_answers(samples: Sequence[Sample]) -> torch.Tensor:
    """(n, n): true where another's answer is right too: equal code, or an equal question."""
    codes = [(s.passage.signature, s.passage.body) for s in samples]
    queries = [s.query for s in samples]
    same = [
        [i != j and (codes[i] == codes[j] or queries[i] == queries[j]) for j in range(len(samples))]
        for i in range(len(samples))
    ]
    return torch.tensor(same)
