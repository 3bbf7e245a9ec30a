"""A training within a budget of minutes or steps, with checkpoints to continue from."""

from __future__ import annotations

import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import cast

import numpy as np
import torch

from mindgap_indexer.encoding.tensors import pack, short_hash
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.checkpoint import optimiser_state, part, restore_optimiser
from mindgap_training.deep.samples import AS_IT_IS, Hardening, Sample
from mindgap_training.deep.torch_bert import TrainedBert
from mindgap_training.files import arrays_of, write_atomically
from mindgap_training.progress import never, step
from mindgap_training.torch_seam import descend

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The numbers that every run has."""

    learning_rate: float
    warm_up: int
    """Steps in which the learning rate rises."""
    query_tokens: int
    unit_tokens: int
    minutes: float = 50.0
    """The learning rate falls to zero over this time …"""
    steps: int = 1_000_000
    """… or over so many steps, whichever ends first; to repeat a run exactly, end it by steps."""
    weight_decay: float = 0.01
    hardening: Hardening = field(default_factory=Hardening)
    plain: tuple[str, ...] = ()
    """Sources that are not hardened: questions that people asked are hard as they are."""
    bfloat16: bool = False
    """Products in half the bits, for processors that have them."""
    save_minutes: float = 3.0
    seed: int = 0

    def hardening_of(self, sample: Sample) -> Hardening:
        """How a sample is hardened."""
        return AS_IT_IS if sample.source in self.plain else self.hardening


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a run gave."""

    weights: Mapping[str, Float32]
    """The trained ones, by their names in the model."""
    steps: int
    seconds: float
    losses: Sequence[float]
    """Means of fifty steps each."""


class Objective(ABC):
    """A model and the loss that training brings down."""

    model: TrainedBert
    fingerprint: str
    """Names what is trained on, so that a checkpoint of other data is not continued."""
    longest_gradient: float = math.inf
    """A longer one is shortened to this length."""

    @abstractmethod
    def loss(self, step: int, random: Random) -> torch.Tensor:
        """The loss of one step; what is drawn by chance depends on its number or comes from `random`."""


_LOSSES_PER_MEAN = 50


def train(
    objective: Objective,
    config: RunConfig,
    folder: Path,
    stage: str,
    progress: ProgressCallback,
    cancelled: CancelCheck,
) -> Tuned:
    """Train within the budget; a checkpoint is left in `folder` every few minutes and at the end.

    A run whose checkpoint is there continues from it.
    """
    run = _Run(objective, config, folder)
    run.resume()
    total = min(config.steps, round(config.minutes * 60))
    try:
        while (done := run.share_done) < 1:
            step(stage, round(done * total), total, progress, cancelled)
            run.advance()
    finally:
        run.save()
    step(stage, total, total, progress, never)
    return Tuned(objective.model.trained_weights(), run.step, run.seconds, run.mean_losses())


class _Run:
    """A run between two steps."""

    def __init__(self, objective: Objective, config: RunConfig, folder: Path) -> None:
        self._objective, self._model = objective, objective.model
        self._config, self._path = config, folder / CHECKPOINT
        self._start = short_hash([weight.tobytes() for weight in self._model.trained_weights().values()])
        self._optimiser = torch.optim.AdamW(
            self._model.parameters(), config.learning_rate, weight_decay=config.weight_decay
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
        loss = self._objective.loss(self.step, Random(f"{config.seed}/{self.step}"))
        rate = config.learning_rate * min(1, (self.step + 1) / config.warm_up) * (1 - min(1, self.share_done))
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        descend(loss, self._optimiser, self._objective.longest_gradient)
        self._losses.append(float(loss.detach()))
        self.step += 1
        if time.monotonic() - self._saved > 60 * config.save_minutes:
            self.save()

    def mean_losses(self) -> list[float]:
        """The course of the loss."""
        size = _LOSSES_PER_MEAN
        spans = [self._losses[at : at + size] for at in range(0, len(self._losses), size)]
        return [round(float(np.mean(span)), 4) for span in spans]

    def save(self) -> None:
        """Write weights and moments as they are."""
        self._saved = time.monotonic()
        moments = {f"moment.{name}": x.numpy() for name, x in optimiser_state(self._optimiser).items()}
        weights = {f"weight.{name}": x for name, x in self._model.trained_weights().items()}
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
        found = arrays_of(self._path, "identity", self._identity())
        if found is None:
            return
        arrays, about = found
        self._model.restore(part(arrays, "weight"))
        restore_optimiser(self._optimiser, part(arrays, "moment"))
        self.step, self._before = cast("int", about["step"]), cast("float", about["seconds"])
        self._losses = cast("list[float]", about["losses"])

    def _identity(self) -> str:
        config = json.dumps(asdict(self._config), sort_keys=True)
        return short_hash([config, self._objective.fingerprint, self._start])
