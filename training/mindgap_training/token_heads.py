"""Training the heads of late interaction: every word of a question is to find its like in the right unit.

The score of a unit is, with near(a, b) the cosine above FLOOR to the power POWER as `ranking.late` has it,

    s * sum_j w_j * sum_f c_f * max_{t in field f} near(q_j, u_t) + c * cos(q, u)

over the words j of the question and the sub-words t of the unit; s, c and c_f are learned and thrown away,
as the ranking learns its own. The cosine of the whole texts is frozen: the words learn what it misses. The
loss is the cross entropy of the right unit among those of the batch and neighbours of its own package.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from mindgap_indexer.encoding.model import EmbeddingModel
from mindgap_indexer.encoding.static_model import StaticTable
from mindgap_indexer.encoding.token_heads import TokenHeads
from mindgap_indexer.encoding.tokens import MAX_TOKENS, Field, TokenSpace, unpack, weights_of
from mindgap_indexer.ranking import parse_query
from mindgap_indexer.ranking.late import FLOOR, POWER, SATURATION
from mindgap_indexer.sketch import pack_words
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.corpora.harden import Hardening, harden
from mindgap_training.errors import TrainingDataError
from mindgap_training.loop import hold_out
from mindgap_training.negatives import Ids
from mindgap_training.pairs import UnitPair
from mindgap_training.progress import never, no_progress, step
from mindgap_training.torch_seam import array, descend, own_randomness, tensor

_FIELDS = (~0, Field.NAME | Field.SCOPES, Field.SIGNATURE | Field.SUMMARY | Field.DOC, Field.BODY)
"""Any field, the names, what is said of a unit, what it does: the views that the ranking has."""
_MOST_WORDS = 40
_FEWEST_NEIGHBOURS = 8
_FEWEST_QUESTIONS = 10
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class TokenHeadConfig:
    """The numbers of a run."""

    steps: int = 2_200
    batch: int = 32
    neighbours: int = 3
    """Wrong units of a question's own package in a step, drawn from the …"""
    nearest: int = 32
    """… most similar ones by the model as it is."""
    learning_rate: float = 7e-4
    weight_rate: float = 20.0
    """Factor on the learning rate of the logarithms of the sub-words' weights …"""
    share_rate: float = 10.0
    """… and of s, c and c_f."""
    warm_up: int = 50
    written: float = 0.7
    """Share of the steps with questions that are not out of the units' own comments."""
    hardening: Hardening = field(default_factory=lambda: Hardening(dropped_shared=0.5, paraphrased=0.3))
    """Of questions that are."""
    held_out: float = 0.08
    """Share of the packages that the figures are measured on."""
    seed: int = 0


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
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> TrainedHeads:
    """Heads for the words of a static model, whose table it is; raises TrainingDataError and Cancelled."""
    if model.tokens is None:
        raise TrainingDataError("Only a static model with linear heads has words to compare one by one.")
    with own_randomness(config.seed):
        task = _Task(model, model.tokens, pairs, config, progress, cancelled)
        network = _Network(TokenHeads.of_projection(model.projection, table), table)
        before = task.measure(network)
        _descend(network, task, config, progress, cancelled)
        return TrainedHeads(network.to_heads(), before, task.measure(network))


class _Network(nn.Module):
    """The arithmetic of late interaction, with gradients."""

    def __init__(self, start: TokenHeads, table: StaticTable) -> None:
        super().__init__()
        self.query = nn.Parameter(tensor(start.query.copy()))
        self.units = nn.Parameter(tensor(start.units.copy()))
        self.logarithms = nn.Parameter(torch.zeros(len(table.rows)))
        self.shares = nn.Parameter(torch.tensor([2.5, 0.8, 0.8, 0.8]))
        self.whole = nn.Parameter(torch.tensor(4.0))
        self._rows = tensor(table.rows.astype(np.float32))
        self._start = start

    def forward(self, questions: Sequence[_Question], units: _Units, rows: Ids, cosines: Tensor) -> Tensor:
        """Scores (q, c) of some units for some questions, which have these cosines (q, c)."""
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
        return torch.zeros(cosines.shape).index_add(0, owners, said) + self.whole * cosines

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


@dataclass(frozen=True, slots=True)
class _Question:
    ids: Ids
    """(j,)"""
    weights: Float32
    """(j,); by rarity among the units of all pairs."""


class _Units:
    """The sub-words of units, padded: (n, MAX_TOKENS) each."""

    def __init__(self, packed: Sequence[bytes]) -> None:
        tokens, counts = unpack(packed)
        shape = (len(packed), MAX_TOKENS)
        there = np.arange(MAX_TOKENS) < counts[:, None]
        self.ids = np.zeros(shape, np.int64)
        self.fields = np.zeros(shape, np.uint8)
        self.gain = np.zeros(shape, np.float32)
        frequency = weights_of(tokens)
        self.ids[there], self.fields[there] = tokens["id"], tokens["fields"]
        self.gain[there] = frequency * (SATURATION + 1) / (frequency + SATURATION)

    def rarity(self, size: int) -> Float32:
        """Inverse document frequency of each of `size` sub-words."""
        counts = np.zeros(size)
        for ids, gain in zip(self.ids, self.gain, strict=True):
            counts[ids[gain > 0]] += 1  # no sub-word stands twice in a unit
        rarity: Float32 = np.log(1 + len(self.ids) / (1 + counts)).astype(np.float32)
        return rarity


class _Task:
    """Questions, units with and without their comments, and each question's neighbours."""

    def __init__(
        self,
        model: EmbeddingModel,
        space: TokenSpace,
        pairs: Sequence[UnitPair],
        config: TokenHeadConfig,
        progress: ProgressCallback,
        cancelled: CancelCheck,
    ) -> None:
        self._config = config
        self._rng = np.random.default_rng(config.seed)
        places: dict[tuple[str, str], int] = {}
        self._own = np.array([places.setdefault((p.group, p.code), len(places)) for p in pairs], np.int64)
        distinct = {int(place): pair for pair, place in zip(pairs, self._own, strict=True)}
        units = [distinct[place] for place in range(len(distinct))]
        self._bare = np.array([_is_from_comment(pair) for pair in pairs])
        # A unit is seen with its comment by some questions and without it by others.
        forms = (units, [replace(unit, doc="") for unit in units])
        self._units = [_Units(_pack(space, form)) for form in forms]
        self._vectors = [_embed(model, form, progress, cancelled) for form in forms]
        rarity = self._units[0].rarity(space.size)
        texts = [self._asked(pair, bare) for pair, bare in zip(pairs, self._bare.tolist(), strict=True)]
        self._questions = [_question(space, text, rarity) for text in texts]
        self._cosine = model.embed_queries(texts)
        self._neighbours = self._find_neighbours([unit.group for unit in units])
        usable = np.array([len(n) >= _FEWEST_NEIGHBOURS for n in self._neighbours])
        usable &= np.array([len(question.ids) > 0 for question in self._questions])
        aside = hold_out([pair.group for pair in pairs], config.held_out, len(pairs), config.seed)
        self._training = [np.flatnonzero(usable & ~aside & (self._bare == bare)) for bare in (False, True)]
        self._aside = np.flatnonzero(usable & aside)
        if max(map(len, self._training)) < max(config.batch, _FEWEST_QUESTIONS) or not len(self._aside):
            raise TrainingDataError(
                f"{int(usable.sum())} questions have {_FEWEST_NEIGHBOURS} other units of their package "
                "among the pairs: too few to train on and to measure with. Give pairs of more packages."
            )

    def draw(self) -> tuple[list[_Question], _Units, Ids, Tensor, Tensor]:
        """A batch: questions, the units as these are asked of them, unit rows (c,), two tables (q, c).

        The tables are the cosines, and which units are right beside the own one, in column i for question i.
        """
        bare = int(self._rng.random() >= self._config.written)
        if len(self._training[bare]) < self._config.batch:
            bare = 1 - bare
        chosen: Ids = self._rng.choice(self._training[bare], self._config.batch, replace=False)
        places: list[int] = chosen.tolist()
        wrong = [
            self._rng.choice(self._neighbours[q][: self._config.nearest], self._config.neighbours)
            for q in places
        ]
        rows = np.concatenate([self._own[chosen], *wrong])
        right = rows[None, :] == self._own[chosen][:, None]
        np.fill_diagonal(right, val=False)
        questions = [self._questions[q] for q in places]
        return questions, self._units[bare], rows, self._cosines(chosen, rows, bare), tensor(right)

    def measure(self, network: _Network) -> float:
        """Mean reciprocal rank of the right unit among its neighbours, on packages kept aside."""
        ranks: list[float] = []
        with torch.no_grad():
            for q in self._aside.tolist():
                bare = int(self._bare[q])
                rows = np.concatenate([self._own[[q]], self._neighbours[q]])
                cosines = self._cosines(np.array([q]), rows, bare)
                scores = array(network([self._questions[q]], self._units[bare], rows, cosines))[0]
                ranks.append(1 / (1 + int((scores[1:] >= scores[0]).sum())))
        return float(np.mean(ranks))

    def _cosines(self, questions: Ids, rows: Ids, bare: int) -> Tensor:
        return tensor(self._cosine[questions] @ self._vectors[bare][rows].T)

    def _asked(self, pair: UnitPair, bare: bool) -> str:
        if not bare or "\n" in pair.query:
            return pair.query
        rng = random.Random(f"{self._config.seed}:{pair.id}")
        return harden(pair.query, pair.qualname, self._config.hardening, rng)

    def _find_neighbours(self, groups: Sequence[str]) -> list[Ids]:
        """Of each question the units of its package that are most similar, without its own."""
        numbers = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)[1]
        order = np.argsort(numbers, kind="stable")
        starts = np.searchsorted(numbers[order], np.arange(int(numbers.max()) + 2))
        found: list[Ids] = []
        for place, (own, bare) in enumerate(zip(self._own.tolist(), self._bare.tolist(), strict=True)):
            number = int(numbers[own])
            members = order[starts[number] : starts[number + 1]]
            cosines = self._vectors[int(bare)][members] @ self._cosine[place]
            nearest = members[np.argsort(-cosines, kind="stable")[: self._config.nearest + 1]]
            found.append(nearest[nearest != own])
        return found


def _descend(
    network: _Network,
    task: _Task,
    config: TokenHeadConfig,
    progress: ProgressCallback,
    cancelled: CancelCheck,
) -> None:
    parts = (
        ([network.query, network.units], 1.0),
        ([network.logarithms], config.weight_rate),
        ([network.shares, network.whole], config.share_rate),
    )
    rates = [config.learning_rate * factor for _, factor in parts]
    groups = [{"params": part, "lr": rate} for (part, _), rate in zip(parts, rates, strict=True)]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
    for number in range(config.steps):
        step("train", number, config.steps, progress, cancelled)
        # Up in the first steps, then down to a tenth.
        pace = min(1.0, (number + 1) / config.warm_up) * (1 - 0.9 * number / config.steps)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * pace
        questions, units, rows, cosines, right = task.draw()
        scores = network(questions, units, rows, cosines).masked_fill(right, -1e9)
        descend(cross_entropy(scores, torch.arange(len(questions))), optimiser)
    step("train", config.steps, config.steps, progress, never)


def _is_from_comment(pair: UnitPair) -> bool:
    """Whether the question is part of the unit's own comment, where it would find itself."""
    return " ".join(pair.query.split()).rstrip(" .").lower() in " ".join(pair.doc.split()).lower()


def _pack(space: TokenSpace, units: Sequence[UnitPair]) -> list[bytes]:
    packed: list[bytes] = []
    for start in range(0, len(units), _CHUNK):
        packed += pack_words([unit.passage for unit in units[start : start + _CHUNK]], space)
    return packed


def _embed(
    model: EmbeddingModel, units: Sequence[UnitPair], progress: ProgressCallback, cancelled: CancelCheck
) -> Float32:
    vectors: list[Float32] = []
    for start in range(0, len(units), _CHUNK):
        step("embed", start, len(units), progress, cancelled)
        vectors.append(model.embed_units([unit.passage for unit in units[start : start + _CHUNK]]))
    return np.concatenate(vectors)


def _question(space: TokenSpace, text: str, rarity: Float32) -> _Question:
    query = space.query(parse_query(text).words)
    words = query.words[:_MOST_WORDS]
    ids = query.ids[:_MOST_WORDS]
    pieces = np.array([words.count(word) for word in words], np.float32)
    weights = rarity[ids] * np.sqrt(query.weights[:_MOST_WORDS]) / pieces
    return _Question(ids, weights.astype(np.float32))
