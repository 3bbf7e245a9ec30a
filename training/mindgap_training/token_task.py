"""What the heads of words are trained on: questions, units with and without comments, neighbours."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.model import EmbeddingModel
from mindgap_indexer.encoding.tokens import MAX_TOKENS, TokenSpace, unpack, weights_of
from mindgap_indexer.ranking import parse_query
from mindgap_indexer.ranking.late import SATURATION
from mindgap_indexer.sketch import pack_words
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback
from mindgap_training.corpora.harden import Hardening, harden
from mindgap_training.corpora.origin import is_from_doc
from mindgap_training.corpora.splits import position
from mindgap_training.corpora.written import WRITTEN
from mindgap_training.errors import TrainingDataError
from mindgap_training.loop import hold_out
from mindgap_training.negatives import Ids
from mindgap_training.pairs import UnitPair
from mindgap_training.progress import step

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
    comments: int = 40_000
    """At most so many of those are asked; the units of the others are wrong answers and no more."""
    held_out: float = 0.08
    """Share of the packages that the figures are measured on …"""
    most_measured: int = 700
    """… by so many questions at most, of those that were written if there are any."""
    save_every: int = 200
    """Steps between two checkpoints."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """The sub-words of a question."""

    ids: Ids
    """(j,)"""
    weights: Float32
    """(j,); by rarity among the units of all pairs."""


class Units:
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


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions and the units that they are compared with."""

    questions: Sequence[Question]
    units: Units
    """As these questions are asked of them."""
    rows: Ids
    """(c,); which of the units. The first q are those that the questions were made for."""
    cosines: Float32
    """(q, c)"""
    right: npt.NDArray[np.bool_]
    """(q, c); which units are right beside a question's own."""


class TokenTask:
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
        places: dict[tuple[str, str], int] = {}
        self._own = np.array([places.setdefault((p.group, p.code), len(places)) for p in pairs], np.int64)
        distinct = {int(place): pair for pair, place in zip(pairs, self._own, strict=True)}
        units = [distinct[place] for place in range(len(distinct))]
        self._bare = np.array([_is_from_doc(pair) for pair in pairs])
        # A unit is seen with its comment by some questions and without it by others.
        forms = (units, [replace(unit, doc="") for unit in units])
        self._units = [Units(_pack(space, form)) for form in forms]
        self._vectors = [_embed(model, form, progress, cancelled) for form in forms]
        rarity = self._units[0].rarity(space.size)
        # Here the pairs whose comments nobody asks have done their part, which was to bring units.
        asked = _asked(pairs, self._bare, config)
        chosen: list[int] = asked.tolist()
        pairs = [pairs[place] for place in chosen]
        self._own, self._bare = self._own[asked], self._bare[asked]
        texts = [self._text(pair, bare) for pair, bare in zip(pairs, self._bare.tolist(), strict=True)]
        self._questions = [_question(space, text, rarity) for text in texts]
        self._cosine = model.embed_queries(texts)
        self._neighbours = self._find_neighbours([unit.group for unit in units])
        usable = np.array([len(n) >= _FEWEST_NEIGHBOURS for n in self._neighbours])
        usable &= np.array([len(question.ids) > 0 for question in self._questions])
        aside = hold_out([pair.group for pair in pairs], config.held_out, len(pairs), config.seed)
        self._training = [np.flatnonzero(usable & ~aside & (self._bare == bare)) for bare in (False, True)]
        self._aside = _measured(usable & aside, self._bare, config.most_measured)
        if max(map(len, self._training)) < max(config.batch, _FEWEST_QUESTIONS) or not len(self._aside):
            raise TrainingDataError(
                f"{int(usable.sum())} questions have {_FEWEST_NEIGHBOURS} other units of their package "
                "among the pairs: too few to train on and to measure with. Give pairs of more packages."
            )

    def draw(self, number: int) -> Batch:
        """The batch of a step: questions of one kind, their units, and neighbours of each."""
        rng = np.random.default_rng([self._config.seed, number])
        bare = int(rng.random() >= self._config.written)
        if len(self._training[bare]) < self._config.batch:
            bare = 1 - bare
        chosen: Ids = rng.choice(self._training[bare], self._config.batch, replace=False)
        places: list[int] = chosen.tolist()
        rows = np.concatenate([self._own[chosen], *(self._some_neighbours(q, rng) for q in places)])
        right = rows[None, :] == self._own[chosen][:, None]
        np.fill_diagonal(right, val=False)
        return self._batch(chosen, rows, bare, right)

    def measured(self) -> Iterator[Batch]:
        """Each question that is kept aside with its unit, the first, and all its neighbours."""
        places: list[int] = self._aside.tolist()
        for q in places:
            rows = np.concatenate([self._own[[q]], self._neighbours[q]])
            right = np.zeros((1, len(rows)), np.bool_)
            yield self._batch(np.array([q]), rows, int(self._bare[q]), right)

    def _batch(self, questions: Ids, rows: Ids, bare: int, right: npt.NDArray[np.bool_]) -> Batch:
        places: list[int] = questions.tolist()
        asked = [self._questions[q] for q in places]
        cosines = self._cosine[questions] @ self._vectors[bare][rows].T
        return Batch(asked, self._units[bare], rows, cosines, right)

    def _some_neighbours(self, question: int, rng: np.random.Generator) -> Ids:
        near = self._neighbours[question][: self._config.nearest]
        chosen: Ids = rng.choice(near, min(self._config.neighbours, len(near)), replace=False)
        return chosen

    def _text(self, pair: UnitPair, bare: bool) -> str:
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


def _is_from_doc(pair: UnitPair) -> bool:
    return not pair.source.startswith(WRITTEN) and is_from_doc(pair.query, pair.doc)


def _asked(pairs: Sequence[UnitPair], bare: npt.NDArray[np.bool_], config: TokenHeadConfig) -> Ids:
    """Places of the pairs whose questions are asked: all that were written, and a sample of the others."""
    comments: list[int] = np.flatnonzero(bare).tolist()
    comments.sort(key=lambda place: position(pairs[place].id, config.seed))
    return np.sort(np.concatenate([np.flatnonzero(~bare), np.array(comments[: config.comments], np.int64)]))


def _measured(aside: npt.NDArray[np.bool_], bare: npt.NDArray[np.bool_], most: int) -> Ids:
    """Places of the questions to measure with, evenly spaced."""
    written = np.flatnonzero(aside & ~bare)
    chosen = written if len(written) else np.flatnonzero(aside)
    return chosen[:: max(1, -(-len(chosen) // most))]


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


def _question(space: TokenSpace, text: str, rarity: Float32) -> Question:
    query = space.query(parse_query(text).words)
    words = query.words[:_MOST_WORDS]
    ids = query.ids[:_MOST_WORDS]
    pieces = np.array([words.count(word) for word in words], np.float32)
    weights = rarity[ids] * np.sqrt(query.weights[:_MOST_WORDS]) / pieces
    return Question(ids, weights.astype(np.float32))
