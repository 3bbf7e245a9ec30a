"""Training a static model: its table of sub-words, their weights on either side, and two linear heads."""

from __future__ import annotations

from array import array as buffer
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, normalize

from mindgap_indexer.encoding import Projection
from mindgap_indexer.encoding.bags import BagMaker, Sums
from mindgap_indexer.encoding.static_model import StaticModel, StaticTable
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.encoding.vectors import quantise
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_indexer.words import forget_texts
from mindgap_training.loop import Trainable, TrainConfig, Trained, train
from mindgap_training.losses import LossConfig, int8_rows
from mindgap_training.model import HeadConfig, Heads
from mindgap_training.negatives import Ids, number_texts
from mindgap_training.pairs import Pair
from mindgap_training.progress import never, no_progress
from mindgap_training.torch_seam import array, own_randomness, tensor
from mindgap_training.views import ViewConfig, views

_CHUNK = 2_000
"""Texts that are counted together."""


def _loop() -> TrainConfig:
    # Bits and the first half of the dimensions are what the store searches first.
    loss = LossConfig(widths=(128,), quantised=("int8", "bit"))
    return TrainConfig(
        loss=loss, steps=3_000, batch=512, weight_decay=0.0, check_every=100, most_held_out=2_000
    )


@dataclass(frozen=True, slots=True)
class StaticConfig:
    """The numbers of a training run of a static model."""

    loop: TrainConfig = field(default_factory=_loop)
    heads: HeadConfig = field(default_factory=lambda: HeadConfig(shared=False))
    """Linear only: a static model's projection is part of what ships."""
    table_rate: float = 1.0
    """Factor on the learning rate of the sub-words' vectors …"""
    weight_rate: float = 10.0
    """… and of the logarithms of their weights, which move in larger steps."""
    views: ViewConfig = field(default_factory=ViewConfig)
    int8_table: bool = True
    """Train with the table as it will be stored, rounded to int8 with a scale per row."""


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as weighted sub-words, one after the other."""

    ids: npt.NDArray[np.int32]
    """(total,)"""
    counts: Float32
    """(total,); square roots of how often each occurs, fields weighted."""
    starts: Ids
    """(n + 1,); where each text begins, and the end."""

    def take(self, rows: Ids) -> tuple[Tensor, Tensor, Tensor]:
        """Sub-words, counts and starts of some texts, as torch's embedding_bag takes them."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.cumsum(lengths) - lengths
        offsets: Ids = np.repeat(self.starts[rows] - starts, lengths)
        places = offsets + np.arange(len(offsets))
        return (
            tensor(self.ids[places]),
            tensor(self.counts[places]),
            tensor(starts),
        )


class StaticNetwork(nn.Module):
    """The arithmetic of the static encoder and its projection, with gradients."""

    def __init__(self, table: StaticTable, config: StaticConfig) -> None:
        super().__init__()
        rows = table.rows.astype(np.float32) * table.scales[:, None]
        self.table = nn.Parameter(tensor(rows))
        self.query_weights = nn.Parameter(_logarithms(table.query_weights))
        self.unit_weights = nn.Parameter(_logarithms(table.unit_weights))
        self.heads = Heads(rows.shape[1], config.heads)
        self._int8 = config.int8_table

    def forward(self, queries: Bags, query_rows: Ids, units: Bags, unit_rows: Ids) -> tuple[Tensor, Tensor]:
        """Vectors of questions (q, d) and units (c, d) in the shared space."""
        table = int8_rows(self.table) if self._int8 else self.table
        x = self._sum(table, self.query_weights, *queries.take(query_rows))
        y = self._sum(table, self.unit_weights, *units.take(unit_rows))
        projected: tuple[Tensor, Tensor] = self.heads(x, y)
        return projected

    def to_model(self, start: StaticModel, provenance: dict[str, object]) -> tuple[StaticModel, Projection]:
        """The trained network as a static model's folder holds it."""
        rows = array(self.table)
        table = StaticTable(
            quantise(rows),
            (np.abs(rows).max(axis=1) / np.float32(127)).astype(np.float32),
            _weights(self.unit_weights, start.table.unit_weights),
            _weights(self.query_weights, start.table.query_weights),
        )
        model = StaticModel(table, start.tokenizer, start.field_weights, provenance)
        return model, self.heads.to_projection(model.fingerprint)

    def _sum(self, table: Tensor, weights: Tensor, ids: Tensor, counts: Tensor, starts: Tensor) -> Tensor:
        each = counts * weights[ids].exp()
        return normalize(embedding_bag(ids, table, starts, mode="sum", per_sample_weights=each), dim=1)


def train_static(
    start: StaticModel,
    pairs: Sequence[Pair],
    config: StaticConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> tuple[StaticModel, Projection, Trained]:
    """A static model trained on pairs from another's table, its projection, and how the run went."""
    with own_randomness(config.loop.seed):
        trainable = _TableOverBags(start, pairs, config)
    trained = train(trainable, config.loop, folder, progress, cancelled)
    provenance = {
        **start.provenance,
        "trained_from": start.fingerprint,
        "training": asdict(config),
        "pairs": len(pairs),
        "sources": sorted({pair.source for pair in pairs}),
    }
    model, projection = trainable.module.to_model(start, provenance)
    return model, projection, trained


class _TableOverBags(Trainable):
    """The network with the sub-words of the pairs."""

    def __init__(self, start: StaticModel, pairs: Sequence[Pair], config: StaticConfig) -> None:
        maker = BagMaker(Tokenizer.from_str(start.tokenizer))
        queries, units, places = _Collector(), _Collector(), buffer("q")
        every = views(pairs, config.views, config.loop.seed)
        while some := list(islice(every, _CHUNK)):
            queries.add(maker.bags([[(view.query, 1.0)] for view in some]))
            units.add(maker.bags([start.field_weights.weigh(view.passage) for view in some]))
            places.extend(view.pair for view in some)
            forget_texts()
        self._queries, self._units = queries.bags(), units.bags()
        self._config = config
        self._network = StaticNetwork(start.table, config)
        self.code_ids = number_texts([pair.code for pair in pairs])[np.frombuffer(places, np.int64)]
        self.groups = [pairs[place].group or pairs[place].code for place in places]
        self.fingerprint = short_hash(
            [
                start.fingerprint,
                repr(config),
                self._queries.ids.tobytes(),
                self._units.ids.tobytes(),
                "\n".join(self.groups),
            ]
        )

    @property
    def module(self) -> StaticNetwork:
        """The network."""
        return self._network

    def embed(self, queries: Ids, codes: Ids) -> tuple[Tensor, Tensor]:
        """Vectors of the questions (q, d) and of the answers (c, d) of some pairs."""
        vectors: tuple[Tensor, Tensor] = self.module(self._queries, queries, self._units, codes)
        return vectors

    def parameters(self) -> list[tuple[list[nn.Parameter], float]]:
        """Table, weights and heads, each at its own pace."""
        return [
            ([self.module.table], self._config.table_rate),
            ([self.module.query_weights, self.module.unit_weights], self._config.weight_rate),
            (list(self.module.heads.parameters()), 1.0),
        ]


class _Collector:
    """Bags one after the other, in little memory: millions of small arrays would take ten times as much."""

    def __init__(self) -> None:
        self._ids, self._counts, self._starts = buffer("i"), buffer("f"), buffer("q", [0])

    def add(self, bags: Sums) -> None:
        """Append some bags."""
        before = len(self._ids)
        self._ids.frombytes(bags.ids.astype(np.int32).tobytes())
        self._counts.frombytes(bags.values.astype(np.float32).tobytes())
        self._starts.extend((before + bags.starts[1:]).tolist())

    def bags(self) -> Bags:
        """All of them."""
        return Bags(
            np.frombuffer(self._ids, np.int32),
            np.frombuffer(self._counts, np.float32),
            np.frombuffer(self._starts, np.int64),
        )


def _logarithms(weights: Float32) -> Tensor:
    return tensor(np.log(np.maximum(weights, 1e-6)))


def _weights(logarithms: Tensor, start: Float32) -> Float32:
    """Back from logarithms; sub-words without a weight keep none."""
    found: Float32 = np.where(start > 0, np.exp(array(logarithms)), 0).astype(np.float32)
    return found
