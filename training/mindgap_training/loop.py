"""The training loop: small batches, early stopping on held-out pairs, checkpoints to continue from."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mindgap_indexer.encoding.tensors import hash_arrays, short_hash
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training import checkpoint
from mindgap_training.checkpoint import Check
from mindgap_training.errors import TrainingDataError, TrainingError
from mindgap_training.losses import LossConfig, contrastive_loss
from mindgap_training.metrics import rank_metrics
from mindgap_training.negatives import Ids, mine_hard_negatives, number_texts
from mindgap_training.progress import never, no_progress, step
from mindgap_training.torch_seam import array, descend, own_randomness, seed_torch, tensor

_MINIMUM_PAIRS = 10
_WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """The numbers of a training run."""

    loss: LossConfig = field(default_factory=LossConfig)
    steps: int = 1_500
    """At most so many; early stopping ends most runs sooner."""
    batch: int = 256
    """Pairs in a step; each is a wrong answer for all others."""
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    """Pulls linear heads towards the identity, others towards zero."""
    neighbours: int = 1
    """So many pairs of one group stand together in a batch: what is asked in one code base is wrong for the
    rest of it. With 1, batches are by chance."""
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


class Trainable(ABC):
    """A module and the pairs that it is trained on."""

    code_ids: Ids
    """(n,); equal numbers are equal texts, which are never wrong answers for each other."""
    groups: Sequence[str]
    """(n,); what must stay together when pairs are held out."""
    fingerprint: str
    """Names the pairs' contents, so that a checkpoint of other pairs is not continued."""

    @property
    @abstractmethod
    def module(self) -> nn.Module:
        """What is trained."""

    @abstractmethod
    def embed(self, queries: Ids, codes: Ids) -> tuple[Tensor, Tensor]:
        """Vectors of the questions (q, d) and of the answers (c, d) of some pairs."""

    @abstractmethod
    def parameters(self) -> list[tuple[list[nn.Parameter], float]]:
        """What is trained, each part with a factor on the learning rate."""

    def hard_negatives(self, rows: Ids, count: int, skip: int) -> Ids:
        """Rows (n, count) of wrong answers for the questions of `rows` that the module now finds similar."""
        with torch.no_grad():
            queries, codes = self.embed(rows, rows)
        found = mine_hard_negatives(array(queries), array(codes), self.code_ids[rows], count, skip)
        return rows[found]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run gave beside the module's weights."""

    best_step: int
    history: list[Check]
    """Every look at the held-out pairs; the first is the start."""
    seconds: float


def train(
    trainable: Trainable,
    config: TrainConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> Trained:
    """Train the module in place; it ends with the weights that did best on the held-out pairs.

    With a folder the run leaves a checkpoint at every check and continues from one; the result is the same.
    """
    started = time.monotonic()
    with own_randomness(config.seed):
        run = _Run(trainable, config, folder)
        run.resume()
        while not run.is_done:
            step("train", run.step, config.steps, progress, cancelled)
            run.advance()
        step("train", config.steps, config.steps, progress, never)
    trainable.module.load_state_dict(dict(run.best))
    trainable.module.eval()
    if folder is not None:
        checkpoint.remove(folder)
    return Trained(run.best_step, run.history, time.monotonic() - started)


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


def shuffle_in_runs(groups: Ids, run: int, seed: Sequence[int]) -> Ids:
    """A random order (n,) in which rows of one group (n,) stand together in runs of at most `run`."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(groups))
    if run <= 1:
        return order
    by_group = order[np.argsort(groups[order], kind="stable")]
    starts = np.flatnonzero(np.diff(groups[by_group], prepend=-1))
    place_in_group = np.arange(len(groups)) - np.repeat(starts, np.diff(starts, append=len(groups)))
    new_run = (place_in_group % run == 0).cumsum() - 1
    shuffled = rng.permutation(int(new_run[-1]) + 1)
    return by_group[np.argsort(shuffled[new_run], kind="stable")]


class _Run:
    """A training run between two checks; every step depends on seed and step number alone."""

    def __init__(self, trainable: Trainable, config: TrainConfig, folder: Path | None) -> None:
        pairs = len(trainable.code_ids)
        if pairs < _MINIMUM_PAIRS:
            raise TrainingDataError(f"{pairs} pairs are too few to train on. Give {_MINIMUM_PAIRS} or more.")
        is_held_out = hold_out(trainable.groups, config.held_out, config.most_held_out, config.seed)
        self._train, self._held_out = np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)
        if not len(self._held_out) or len(self._train) < 2:
            raise TrainingDataError(
                "All pairs belong to one or two groups, so none can be held out. Give pairs of more groups."
            )
        self._trainable, self._config, self._folder = trainable, config, folder
        self._group_ids = number_texts(list(trainable.groups))[self._train]
        self._order_of, self._order = -1, self._train
        groups = [{"params": values, "factor": factor} for values, factor in trainable.parameters()]
        self._optimiser = torch.optim.AdamW(groups, config.learning_rate, weight_decay=config.weight_decay)
        trainable.module.eval()
        self._hard = trainable.hard_negatives(self._train, config.hard_negatives, config.skipped_negatives)
        self.step, self.best_step = 0, 0
        self.best = checkpoint.copy_state(trainable.module)
        self.history: list[Check] = []
        start = {name: tensor.numpy() for name, tensor in self.best.items()}
        self._identity = short_hash([repr(asdict(config)), trainable.fingerprint, hash_arrays(start)])

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
        self._trainable.module.load_state_dict(dict(found.current))
        checkpoint.restore_optimiser(self._optimiser, found.optimiser)
        self.step, self.best_step = found.step, found.best_step
        self.best, self.history = found.best, found.history

    def advance(self) -> None:
        """Train until the next check, judge, remember the best, write a checkpoint."""
        seed_torch(self._config.seed * 1_000_003 + self.step)
        self._trainable.module.train()
        losses: list[float] = []
        for _ in range(min(self._config.check_every, self._config.steps - self.step)):
            losses.append(self._train_step())
            self.step += 1
        mrr = self._held_out_mrr()
        if mrr > max(earlier.mrr for earlier in self.history):
            self.best, self.best_step = checkpoint.copy_state(self._trainable.module), self.step
        self.history.append(Check(self.step, float(np.mean(losses)), mrr))
        if self._folder is not None:
            checkpoint.save(self._folder, self._checkpoint())

    def _train_step(self) -> float:
        self._set_learning_rate()
        places = self._batch(self.step)
        rows = self._train[places]
        candidates = np.concatenate([rows, self._hard[places].ravel()])
        ids = self._trainable.code_ids
        excluded = ids[rows, None] == ids[None, candidates]
        np.fill_diagonal(excluded, False)
        queries, codes = self._trainable.embed(rows, candidates)
        loss = contrastive_loss(queries, codes, tensor(excluded), self._config.loss)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise TrainingError(
                f"The loss became {value} at step {self.step}. Lower the learning rate (now "
                f"{self._config.learning_rate}) or raise the temperature; no model was written."
            )
        descend(loss, self._optimiser)
        return value

    def _batch(self, at: int) -> Ids:
        """Places of a step's pairs: every pass over the pairs has an order of its own."""
        size = min(self._config.batch, len(self._train))
        per_pass = len(self._train) // size
        if self._order_of != at // per_pass:
            self._order_of = at // per_pass
            self._order = shuffle_in_runs(
                self._group_ids, self._config.neighbours, [self._config.seed, at // per_pass]
            )
        return self._order[at % per_pass * size :][:size]

    def _set_learning_rate(self) -> None:
        """Rise in the first steps, then fall along a cosine."""
        done = (self.step + 1) / self._config.steps
        fallen = max(0.0, (done - _WARM_UP) / (1 - _WARM_UP))
        factor = min(1.0, done / _WARM_UP) * (1 + np.cos(np.pi * fallen)) / 2
        for group in self._optimiser.param_groups:
            group["lr"] = self._config.learning_rate * float(factor) * group["factor"]

    def _held_out_mrr(self) -> float:
        rows = self._held_out
        self._trainable.module.eval()
        _, first, right = np.unique(self._trainable.code_ids[rows], return_index=True, return_inverse=True)
        with torch.no_grad():
            queries, codes = self._trainable.embed(rows, rows[first])
        scores = array(queries @ codes.T)
        return float(rank_metrics(scores, [[int(column)] for column in right])["mrr"].mean())

    def _checkpoint(self) -> checkpoint.Checkpoint:
        return checkpoint.Checkpoint(
            step=self.step,
            identity=self._identity,
            current=self._trainable.module.state_dict(),
            best=self.best,
            optimiser=checkpoint.optimiser_state(self._optimiser),
            best_step=self.best_step,
            history=self.history,
        )
