"""Training heads over frozen base vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from mindgap_indexer.encoding.tensors import hash_arrays, short_hash
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.embeddings import Document, FrozenBase
from mindgap_training.loop import Trainable, TrainConfig, Trained, train
from mindgap_training.model import HeadConfig, Heads
from mindgap_training.negatives import Ids, number_texts
from mindgap_training.pairs import Pair
from mindgap_training.progress import never, no_progress
from mindgap_training.torch_seam import own_randomness, tensor


@dataclass(frozen=True, slots=True)
class TrainingVectors:
    """Pairs as base vectors."""

    queries: Float32
    """(n, d)"""
    codes: Float32
    """(n, d)"""
    code_ids: Ids
    """(n,); equal numbers are equal texts."""
    groups: Sequence[str]
    """(n,)"""


def base_vectors(pairs: Sequence[Pair], base: FrozenBase) -> TrainingVectors:
    """The base's vectors of pairs; a pair without a group is one with all that have its code."""
    return TrainingVectors(
        base.queries([pair.query for pair in pairs]),
        base.documents([Document(pair.code, pair.language) for pair in pairs]),
        number_texts([pair.code for pair in pairs]),
        [pair.group or pair.code for pair in pairs],
    )


def train_heads(
    data: TrainingVectors,
    heads: HeadConfig,
    config: TrainConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> tuple[Heads, Trained]:
    """Heads that did best on the held-out pairs, and how the run went; `folder` keeps its checkpoint."""
    # Weights drawn by chance depend on the seed; whoever else draws numbers is not disturbed.
    with own_randomness(config.seed):
        trainable = _HeadsOverVectors(data, heads)
    trained = train(trainable, config, folder, progress, cancelled)
    return trainable.module, trained


class _HeadsOverVectors(Trainable):
    """Heads with the base vectors of the pairs."""

    def __init__(self, data: TrainingVectors, config: HeadConfig) -> None:
        self._heads = Heads(data.queries.shape[1], config)
        self.code_ids, self.groups = data.code_ids, data.groups
        self.fingerprint = short_hash(
            [hash_arrays({"q": data.queries, "c": data.codes}), repr(config), *data.groups]
        )
        self._queries, self._codes = tensor(data.queries), tensor(data.codes)

    @property
    def module(self) -> Heads:
        """The heads."""
        return self._heads

    def embed(self, queries: Ids, codes: Ids) -> tuple[Tensor, Tensor]:
        """Projected vectors of the questions (q, d) and of the answers (c, d) of some pairs."""
        x, y = self._queries[tensor(queries)], self._codes[tensor(codes)]
        projected: tuple[Tensor, Tensor] = self.module(self._noisy(x), self._noisy(y))
        return projected

    def parameters(self) -> list[tuple[list[nn.Parameter], float]]:
        """Both heads."""
        return [(list(self.module.parameters()), 1.0)]

    def _noisy(self, x: Tensor) -> Tensor:
        noise = self.module.config.noise
        if not (noise and self.module.training):
            return x
        moved: Tensor = x + torch.randn_like(x) * (noise / x.shape[1] ** 0.5)
        return moved
