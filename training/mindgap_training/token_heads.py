"""Training the heads of late interaction: every word of a question is to find its like in the right unit.

The score of a unit is, with near(a, b) the cosine above FLOOR to the power POWER as `ranking.late` has it,

    s * sum_j w_j * sum_f c_f * max_{t in field f} near(q_j, u_t) + 4 * c * cos(q, u)

over the words j of the question and the sub-words t of the unit; s, c and c_f are learned and thrown away,
as the ranking learns its own. The cosine of the whole texts is frozen: the words learn what it misses. The
loss is the cross entropy of the right unit among those of the batch and neighbours of its own package.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from mindgap_indexer.encoding.model import EmbeddingModel
from mindgap_indexer.encoding.static_model import StaticTable
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.encoding.token_heads import TokenHeads
from mindgap_indexer.encoding.tokens import MAX_TOKENS, Field
from mindgap_indexer.ranking.late import FLOOR, POWER
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training import checkpoint
from mindgap_training.errors import TrainingDataError
from mindgap_training.negatives import Ids
from mindgap_training.pairs import UnitPair
from mindgap_training.progress import never, no_progress, step
from mindgap_training.token_task import Batch, TokenHeadConfig, TokenTask
from mindgap_training.torch_seam import array, descend, own_randomness, tensor

_WHOLE = 4.0
"""The factor lets the share of the whole texts grow as far in the same number of steps as it has to."""
_FIELDS = (~0, Field.NAME | Field.SCOPES, Field.SIGNATURE | Field.SUMMARY | Field.DOC, Field.BODY)
"""Any field, the names, what is said of a unit, what it does: the views that the ranking has."""


@dataclass(frozen=True, slots=True)
class TrainedHeads:
    """Heads, and the mean reciprocal rank among neighbours that they give on packages kept aside."""

    heads: TokenHeads
    before: float
    after: float


def train_token_heads(
    model: EmbeddingModel,
    table: StaticTable,
    pairs: Sequence[UnitPair],
    config: TokenHeadConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> TrainedHeads:
    """Heads for the words of a static model, whose table it is; raises TrainingDataError and Cancelled.

    A run that was stopped continues from its checkpoint in `folder`.
    """
    if model.tokens is None:
        raise TrainingDataError("Only a static model with linear heads has words to compare one by one.")
    with own_randomness(config.seed):
        task = TokenTask(model, model.tokens, pairs, config, progress, cancelled)
        network = _Network(TokenHeads.of_projection(model.projection, table), table)
        before = _measure(network, task)
        optimiser = _Descent(network, config, folder, _identity(model, pairs, config))
        optimiser.run(task, progress, cancelled)
        return TrainedHeads(network.to_heads(), before, _measure(network, task))


class _Network(nn.Module):
    """The arithmetic of late interaction, with gradients."""

    def __init__(self, start: TokenHeads, table: StaticTable) -> None:
        super().__init__()
        self.query = nn.Parameter(tensor(start.query.copy()))
        self.units = nn.Parameter(tensor(start.units.copy()))
        self.logarithms = nn.Parameter(torch.zeros(len(table.rows)))
        self.shares = nn.Parameter(torch.tensor([1.0, 0.3, 0.3, 0.3]))
        self.scale = nn.Parameter(torch.tensor([2.5]))
        self.whole = nn.Parameter(torch.tensor([1.0]))
        self._rows = tensor(table.rows.astype(np.float32))
        self._start = start

    def forward(self, batch: Batch) -> Tensor:
        """Scores (q, c) of the units of a batch for its questions."""
        questions, units, rows = batch.questions, batch.units, batch.rows
        asked, asked_places = np.unique(np.concatenate([q.ids for q in questions]), return_inverse=True)
        there, there_places = np.unique(units.ids[rows], return_inverse=True)
        near = self._near(asked, there)[:, tensor(there_places.reshape(-1))]
        near = near.reshape(len(asked), len(rows), MAX_TOKENS)
        fields, gain = tensor(units.fields[rows].astype(np.int64)), tensor(units.gain[rows])
        there_at_all = gain > 0
        met = self.shares[0] * (near * gain).amax(2)
        for share, where in zip(self.shares[1:], _FIELDS[1:], strict=True):
            met = met + share * (near * (there_at_all & (fields & int(where) != 0))).amax(2)
        owners = torch.repeat_interleave(torch.tensor([len(q.ids) for q in questions]))
        ids = tensor(np.concatenate([q.ids for q in questions]))
        weights = tensor(np.concatenate([q.weights for q in questions])) * self.logarithms[ids].exp()
        total = torch.zeros(len(questions)).index_add(0, owners, weights)
        said = met[tensor(asked_places.reshape(-1))] * (weights / total[owners])[:, None]
        late = torch.zeros(batch.cosines.shape).index_add(0, owners, said)
        return self.scale * late + _WHOLE * self.whole * tensor(batch.cosines)

    def to_heads(self) -> TokenHeads:
        """As the indexer compares with them: it takes the square root of the weights."""
        factors = np.exp(2 * array(self.logarithms))
        weights = (self._start.weights * factors).astype(np.float32)
        return TokenHeads(array(self.query), array(self.units), weights)

    def _near(self, asked: Ids, there: Ids) -> Tensor:
        questions = normalize(self._rows[tensor(asked)] @ self.query.T, dim=1)
        units = normalize(self._rows[tensor(there)] @ self.units.T, dim=1)
        cosines = questions @ units.T
        near = torch.where(cosines > FLOOR, cosines, torch.zeros_like(cosines)) ** POWER
        same = tensor(asked)[:, None] == tensor(there)[None, :]
        return torch.where(same, torch.ones_like(near), near)


class _Descent:
    """The steps of a run, from its checkpoint on."""

    def __init__(
        self, network: _Network, config: TokenHeadConfig, folder: Path | None, identity: str
    ) -> None:
        parts = (
            ([network.query, network.units], 1.0),
            ([network.logarithms], config.weight_rate),
            ([network.shares, network.scale, network.whole], config.share_rate),
        )
        self._rates = [config.learning_rate * factor for _, factor in parts]
        groups = [{"params": part, "lr": rate} for (part, _), rate in zip(parts, self._rates, strict=True)]
        self._optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
        self._network, self._config = network, config
        self._folder, self._identity = folder, identity

    def run(self, task: TokenTask, progress: ProgressCallback, cancelled: CancelCheck) -> None:
        """All steps that are not done yet."""
        config = self._config
        for number in range(self._resume(), config.steps):
            if number and number % config.save_every == 0:
                self._save(number)
            step("train", number, config.steps, progress, cancelled)
            # Up in the first steps, then down to a tenth.
            pace = min(1.0, (number + 1) / config.warm_up) * (1 - 0.9 * number / config.steps)
            for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
                group["lr"] = rate * pace
            batch = task.draw(number)
            scores = self._network(batch).masked_fill(tensor(batch.right), -1e9)
            descend(cross_entropy(scores, torch.arange(len(batch.questions))), self._optimiser)
        step("train", config.steps, config.steps, progress, never)
        if self._folder is not None:
            checkpoint.remove(self._folder)

    def _save(self, number: int) -> None:
        if self._folder is not None:
            state, moments = checkpoint.copy_state(self._network), checkpoint.optimiser_state(self._optimiser)
            now = checkpoint.Checkpoint(number, self._identity, state, {}, moments, number, [])
            checkpoint.save(self._folder, now)

    def _resume(self) -> int:
        """The step to go on with."""
        found = checkpoint.load(self._folder, self._identity) if self._folder is not None else None
        if found is None:
            return 0
        self._network.load_state_dict(found.current)
        checkpoint.restore_optimiser(self._optimiser, found.optimiser)
        return found.step


def _identity(model: EmbeddingModel, pairs: Sequence[UnitPair], config: TokenHeadConfig) -> str:
    """Names a run, so that the checkpoint of another is not continued."""
    settings = json.dumps(asdict(config), sort_keys=True)
    return short_hash([settings, model.fingerprint, *(text for p in pairs for text in (p.query, p.code))])


def _measure(network: _Network, task: TokenTask) -> float:
    """Mean reciprocal rank of the right unit among its neighbours, on packages kept aside."""
    ranks: list[float] = []
    with torch.no_grad():
        for batch in task.measured():
            scores = array(network(batch))[0]
            ranks.append(1 / (1 + int((scores[1:] >= scores[0]).sum())))
    return float(np.mean(ranks))
