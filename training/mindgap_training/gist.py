"""Training what pseudocode and code have in common beside the names, see `mindgap_indexer.gist`.

Every name of the code is taken out of the question first. Which words are no names is counted: those of the
most packages. A table of each side then learns that a question is nearer to its code than to the others of a
batch of one language, or of one public set, by cross entropy both ways.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, embedding_bag, normalize

from mindgap_indexer.gist import NAME, SIZE, Gist, Int16, Side, tokens
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair, UnitPair
from mindgap_training.progress import never, no_progress, step
from mindgap_training.pseudocode.blind import blind
from mindgap_training.torch_seam import array, descend, own_randomness, tensor

_HIDDEN = "_"
"""Stands for the names that are taken out of a question."""
_FEWEST_FEATURES = 3
_SMALLEST_BATCH = 32


@dataclass(frozen=True, slots=True)
class GistConfig:
    """The numbers of a run."""

    words: int = 300
    """Known to each side."""
    features: int = 2_048
    """Words and pairs of words of each side."""
    epochs: int = 6
    batch: int = 192
    learning_rate: float = 4e-3
    start_scale: float = 12.0
    """Of the cosines in the loss; it is learned."""
    repeats: int = 4
    """How often an epoch has what people wrote."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often the features of a side occur in each text."""

    side: Side
    features: Sequence[Tensor]
    gains: Sequence[Tensor]

    @classmethod
    def of(cls, side: Side, texts: Sequence[str]) -> _Counts:
        owners, features, counts = side.counted(texts)
        places = np.searchsorted(owners, np.arange(1, len(texts)))
        gains = np.log1p(counts).astype(np.float32)
        return cls(
            side,
            [tensor(part) for part in np.split(features, places)],
            [tensor(part) for part in np.split(gains, places)],
        )

    def rarity(self) -> Float32:
        """Logarithm of the inverse document frequency of each feature."""
        seen = np.bincount(torch.cat(list(self.features)).numpy(), minlength=len(self.side.features))
        rarity: Float32 = np.log(np.maximum(np.log(len(self.features) / (1 + seen)), 0.05)).astype(np.float32)
        return rarity


class _Table(nn.Module):
    """A vector and a weight for each feature of one side."""

    def __init__(self, counts: _Counts) -> None:
        super().__init__()
        self._counts = counts
        self.rows = nn.Parameter(torch.randn(len(counts.side.features), SIZE) * 0.1)
        self.logarithms = nn.Parameter(tensor(counts.rarity()))

    def forward(self, chosen: Sequence[int]) -> Tensor:
        """Unit rows (b, d)."""
        features = [self._counts.features[i] for i in chosen]
        starts = torch.tensor([0, *map(len, features[:-1])]).cumsum(0)
        flat = torch.cat(features)
        gains = torch.cat([self._counts.gains[i] for i in chosen]) * self.logarithms[flat].exp()
        return normalize(embedding_bag(flat, self.rows, starts, mode="sum", per_sample_weights=gains), dim=1)

    def to_side(self) -> Side:
        """As the indexer reads it."""
        side = self._counts.side
        return Side(side.words, side.features, array(self.rows * self.logarithms.exp()[:, None]))


def train_gist(
    pairs: Sequence[Pair],
    config: GistConfig,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> Gist:
    """Tables from pairs of pseudocode and code. Raises TrainingDataError and Cancelled."""
    asked: list[str] = []
    for number, pair in enumerate(pairs):
        step("blind", number, len(pairs), progress, cancelled)
        asked.append(blind(pair, _HIDDEN).query)
    bodies = [pair.body if isinstance(pair, UnitPair) and pair.body else pair.code for pair in pairs]
    groups = [pair.group for pair in pairs]
    with own_randomness(config.seed):
        words, code = (
            _Counts.of(_untrained(texts, groups, hidden, config), texts)
            for texts, hidden in ((asked, _HIDDEN), (bodies, NAME))
        )
        asked_table, code_table = _Table(words), _Table(code)
        batches = _Batches(pairs, words, code, config)
        scale = nn.Parameter(torch.tensor(config.start_scale).log())
        optimiser = torch.optim.Adam(
            [*asked_table.parameters(), *code_table.parameters(), scale], lr=config.learning_rate
        )
        total = config.epochs * len(batches.draw())
        for number, batch in enumerate(batch for _ in range(config.epochs) for batch in batches.draw()):
            step("train", number, total, progress, cancelled)
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * (1 - number / (total + 1))
            cosines = asked_table(batch) @ code_table(batch).T * scale.exp()
            scores = cosines.masked_fill(batches.equals(batch), -1e4)
            own = torch.arange(len(batch))
            descend((cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2, optimiser)
        return Gist(code=code_table.to_side(), words=asked_table.to_side())


def _untrained(texts: Sequence[str], groups: Sequence[str], hidden: str, config: GistConfig) -> Side:
    """The words of the most groups and the most frequent features of them; the rows are still zero."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for text, group in zip(texts, groups, strict=True):
        for word in set(tokens(text)) - {hidden}:
            seen[word].add(group)
    words = [NAME, *sorted(sorted(seen, key=lambda word: (-len(seen[word]), word))[: config.words])]
    numbers = {word: number for number, word in enumerate(words)}
    counts: Counter[tuple[int, int]] = Counter()
    for text in texts:
        found = [numbers.get(token, 0) for token in tokens(text)]
        counts.update({*((number, -1) for number in found), *pairwise(found)})
    chosen = sorted(counts, key=lambda feature: (-counts[feature], feature))[: config.features]
    features: Int16 = np.array(chosen, np.int16).reshape(-1, 2)
    return Side(words, features, np.zeros((len(features), SIZE), np.float32))


class _Batches:
    """Pairs of one language, or of one public set, together."""

    def __init__(self, pairs: Sequence[Pair], words: _Counts, code: _Counts, config: GistConfig) -> None:
        self._rng = random.Random(config.seed)
        self._config = config
        written = [not pair.source.startswith("synthetic") for pair in pairs]
        # A problem that several solved is one answer; so is one code that was told in several ways.
        answers = [pair.group if own else pair.code for pair, own in zip(pairs, written, strict=True)]
        numbers = {answer: number for number, answer in enumerate(dict.fromkeys(answers))}
        self._answers = torch.tensor([numbers[answer] for answer in answers])
        members: defaultdict[str, list[int]] = defaultdict(list)
        for i, (pair, own) in enumerate(zip(pairs, written, strict=True)):
            if min(len(words.features[i]), len(code.features[i])) >= _FEWEST_FEATURES:
                members[pair.source if own else pair.language] += [i] * (config.repeats if own else 1)
        self._members = [found for found in members.values() if len(found) >= _SMALLEST_BATCH]
        if not self._members:
            raise TrainingDataError(
                f"No language has {_SMALLEST_BATCH} pairs of pseudocode and code. Give more pairs."
            )

    def draw(self) -> list[list[int]]:
        """The batches of an epoch; what is left over of a language waits for the next."""
        batches: list[list[int]] = []
        for members in self._members:
            self._rng.shuffle(members)
            starts = range(0, len(members) - _SMALLEST_BATCH + 1, self._config.batch)
            batches += [members[start : start + self._config.batch] for start in starts]
        self._rng.shuffle(batches)
        return batches

    def equals(self, batch: Sequence[int]) -> Tensor:
        """Which other pairs have the same answer, (b, b)."""
        answers = self._answers[torch.tensor(batch)]
        same = answers[:, None] == answers[None, :]
        return same & ~torch.eye(len(batch), dtype=torch.bool)
