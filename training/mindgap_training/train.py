"""Training heads over frozen base vectors: small batches, early stopping, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mindgap_indexer.encoding.tensors import hash_arrays, short_hash
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training import checkpoint
from mindgap_training.checkpoint import Check
from mindgap_training.errors import TrainingDataError, TrainingError
from mindgap_training.losses import LossConfig, contrastive_loss
from mindgap_training.metrics import rank_metrics
from mindgap_training.model import HeadConfig, Heads
from mindgap_training.negatives import Ids, mine_hard_negatives
from mindgap_training.progress import never, no_progress, step

_MINIMUM_PAIRS = 10
_WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """The numbers of a training run."""

    heads: HeadConfig = field(default_factory=HeadConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    steps: int = 1_500
    """At most so many; early stopping ends most runs sooner."""
    batch: int = 256
    """Pairs in a step; each is a wrong answer for all others."""
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    """Pulls linear heads towards the identity, others towards zero."""
    noise: float = 0.0
    """Length of a random vector that is added to each base vector (of length 1) in training."""
    hard_negatives: int = 0
    """Mined wrong answers per question beside those of the batch …"""
    skipped_negatives: int = 5
    """… without the most similar ones: many of those are right and merely not annotated."""
    held_out: float = 0.15
    """Share of the groups that early stopping is judged on …"""
    most_held_out: int = 1_000
    """… but no more pairs than this."""
    check_every: int = 50
    """Steps between two looks at the held-out pairs."""
    patience: int = 8
    """Checks without a better held-out MRR after which training ends."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainingVectors:
    """Pairs as base vectors."""

    queries: Float32
    """(n, d)"""
    codes: Float32
    """(n, d)"""
    code_ids: Ids
    """(n,); equal numbers are equal texts, which are never wrong answers for each other."""
    groups: Sequence[str]
    """(n,); what must stay together when pairs are held out."""

    def __len__(self) -> int:
        return len(self.queries)

    def take(self, rows: npt.NDArray[np.int64]) -> TrainingVectors:
        """The pairs of some rows."""
        groups = [self.groups[i] for i in rows]
        return TrainingVectors(self.queries[rows], self.codes[rows], self.code_ids[rows], groups)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run gave."""

    heads: Heads
    best_step: int
    history: list[Check]
    """Every look at the held-out pairs; the first is the start."""
    seconds: float


def train_heads(
    data: TrainingVectors,
    config: TrainConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> Trained:
    """Train heads and answer those that did best on the held-out pairs.

    With a folder the run leaves a checkpoint at every check and continues from one; the result is the same.
    """
    started = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        run = _Run(data, config, folder)
        run.resume()
        while not run.is_done:
            step("train", run.step, config.steps, progress, cancelled)
            run.advance()
        step("train", config.steps, config.steps, progress, never)
    run.heads.load_state_dict(run.best)
    if folder is not None:
        checkpoint.remove(folder)
    return Trained(run.heads, run.best_step, run.history, time.monotonic() - started)


def hold_out(groups: Sequence[str], share: float, most: int, seed: int) -> npt.NDArray[np.bool_]:
    """Which rows (n,) are held out: whole groups in random order up to the wanted share."""
    numbers = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(int(numbers.max()) + 1)
    sizes = np.bincount(numbers)[order]
    wanted = min(most, share * len(groups))
    # Groups go in while they fit; a giant one stays in training.
    chosen: list[int] = []
    total = 0
    for group, size in zip(order.tolist(), sizes.tolist(), strict=True):
        if total + size <= wanted:
            chosen.append(group)
            total += size
    return np.isin(numbers, chosen)


class _Run:
    """A training run between two checks; every step depends on seed and step number alone."""

    def __init__(self, data: TrainingVectors, config: TrainConfig, folder: Path | None) -> None:
        if len(data) < _MINIMUM_PAIRS:
            raise TrainingDataError(f"{len(data)} pairs are too few to train on. Give {_MINIMUM_PAIRS} or more.")
        is_held_out = hold_out(data.groups, config.held_out, config.most_held_out, config.seed)
        self._data = data.take(np.flatnonzero(~is_held_out))
        self._held_out = data.take(np.flatnonzero(is_held_out))
        if not len(self._held_out) or len(self._data) < 2:
            raise TrainingDataError("All pairs belong to one group, so none can be held out. Give more groups.")
        self._config, self._folder = config, folder
        torch.manual_seed(config.seed)
        self.heads = Heads(data.queries.shape[1], config.heads)
        self._optimiser = torch.optim.AdamW(
            self.heads.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self._hard = mine_hard_negatives(
            self._data.queries, self._data.codes, self._data.code_ids, config.hard_negatives, config.skipped_negatives
        )
        self.step, self.best_step = 0, 0
        self.best = checkpoint.copy_state(self.heads)
        self.history: list[Check] = []
        self._identity = short_hash(
            [repr(asdict(config)), hash_arrays({"q": data.queries, "c": data.codes}), *data.groups]
        )

    @property
    def is_done(self) -> bool:
        """The steps are used up, or the held-out pairs gained nothing for long."""
        waited = self.step - self.best_step
        return self.step >= self._config.steps or waited >= self._config.patience * self._config.check_every

    def resume(self) -> None:
        """Take up the checkpoint of the same run, or look at the start."""
        found = checkpoint.load(self._folder, self._identity) if self._folder else None
        if found is None:
            self.history.append(Check(0, None, self._held_out_mrr()))
            return
        self.heads.load_state_dict(dict(found.current))
        checkpoint.restore_optimiser(self._optimiser, found.optimiser)
        self.step, self.best_step = found.step, found.best_step
        self.best, self.history = found.best, found.history

    def advance(self) -> None:
        """Train until the next check, judge, remember the best, write a checkpoint."""
        torch.manual_seed(self._config.seed * 1_000_003 + self.step)
        self.heads.train()
        losses: list[float] = []
        for _ in range(min(self._config.check_every, self._config.steps - self.step)):
            losses.append(self._train_step())
            self.step += 1
        mrr = self._held_out_mrr()
        if mrr > max(earlier.mrr for earlier in self.history):
            self.best, self.best_step = checkpoint.copy_state(self.heads), self.step
        self.history.append(Check(self.step, float(np.mean(losses)), mrr))
        if self._folder is not None:
            checkpoint.save(self._folder, self._checkpoint())

    def _train_step(self) -> float:
        rows = self._batch(self.step)
        candidates = np.concatenate([rows, self._hard[rows].ravel()])
        ids = self._data.code_ids
        excluded = ids[rows, None] == ids[None, candidates]
        np.fill_diagonal(excluded, False)
        queries, codes = self.heads(self._noisy(self._data.queries[rows]), self._noisy(self._data.codes[candidates]))
        loss = contrastive_loss(queries, codes, torch.from_numpy(excluded), self._config.loss)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise TrainingError(
                f"The loss became {value} at step {self.step}. Lower the learning rate "
                f"(now {self._config.learning_rate}) or raise the temperature; nothing was written."
            )
        self._set_learning_rate()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return value

    def _batch(self, at: int) -> npt.NDArray[np.int64]:
        """Rows of a step: every pass over the pairs has an order of its own."""
        size = min(self._config.batch, len(self._data))
        per_pass = len(self._data) // size
        order = np.random.default_rng([self._config.seed, at // per_pass]).permutation(len(self._data))
        return order[at % per_pass * size :][:size]

    def _noisy(self, vectors: Float32) -> Tensor:
        x = torch.from_numpy(vectors)
        return x + torch.randn_like(x) * (self._config.noise / x.shape[1] ** 0.5) if self._config.noise else x

    def _set_learning_rate(self) -> None:
        """Rise in the first steps, then fall along a cosine."""
        done = (self.step + 1) / self._config.steps
        factor = done / _WARM_UP if done < _WARM_UP else 0.5 * (1 + np.cos(np.pi * (done - _WARM_UP) / (1 - _WARM_UP)))
        for group in self._optimiser.param_groups:
            group["lr"] = self._config.learning_rate * float(factor)

    def _held_out_mrr(self) -> float:
        data = self._held_out
        first = np.unique(data.code_ids, return_index=True)
        scores = self.heads.project_queries(data.queries) @ self.heads.project_units(data.codes[first[1]]).T
        right = np.searchsorted(first[0], data.code_ids)
        return float(rank_metrics(scores, [[int(column)] for column in right])["mrr"].mean())

    def _checkpoint(self) -> checkpoint.Checkpoint:
        return checkpoint.Checkpoint(
            step=self.step,
            identity=self._identity,
            current=self.heads.state_dict(),
            best=self.best,
            optimiser=checkpoint.optimiser_state(self._optimiser),
            best_step=self.best_step,
            history=self.history,
        )
