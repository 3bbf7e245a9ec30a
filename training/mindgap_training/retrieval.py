"""A retrieval problem: questions, the answers they are searched in, and pairs to train on."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mindgap_training.corpora import split_by_group, without_leaks
from mindgap_training.embeddings import Document
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair

_MOST_CALIBRATION = 400


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """What every method of a comparison gets: the same training pairs, questions and answers."""

    name: str
    train: Sequence[Pair]
    calibration: Sequence[Pair]
    """Pairs beside those trained on: thresholds and weights of all methods are chosen on them."""
    queries: Sequence[str]
    documents: Sequence[Document]
    relevant: Sequence[Sequence[int]]
    """For each question the places of its right answers in `documents`, its own answer first."""


def retrieval_set(
    name: str,
    train: Sequence[Pair],
    dev: Sequence[Pair],
    *,
    distractors: Sequence[Document] = (),
    most_train: int = 0,
    most_queries: int = 0,
    same_group: bool = False,
    seed: int = 0,
) -> RetrievalSet:
    """Questions of `dev`, searched in the distinct answers of `dev` and the distractors.

    Answers with equal text are one, and right for all questions that had it; with `same_group` all answers
    of a question's group are right. The numbers bound the set (0: all); the choice depends on the seed alone.
    Training pairs whose answer is also in `dev` are left out, and a tenth of the groups kept for calibration.
    """
    asked = _sample(dev, most_queries, seed)
    if not asked:
        raise TrainingDataError(f"The set {name} has no pairs to measure on.")
    queries, documents, relevant = question_set(asked, distractors, same_group)
    splits = split_by_group(without_leaks(train, dev), {"train": 0.9, "calibration": 0.1}, seed)
    return RetrievalSet(
        name,
        _sample(splits["train"], most_train, seed),
        _sample(_distinct(splits["calibration"]), _MOST_CALIBRATION, seed),
        queries,
        documents,
        relevant,
    )


def _distinct(pairs: Sequence[Pair]) -> list[Pair]:
    """The first pair of each answer."""
    return list({pair.code: pair for pair in reversed(pairs)}.values())[::-1]


def question_set(
    pairs: Sequence[Pair], distractors: Sequence[Document] = (), same_group: bool = False
) -> tuple[list[str], list[Document], list[list[int]]]:
    """Questions, distinct answers, and for each question the places of its right ones, its own first."""
    places: dict[str, int] = {}
    documents: list[Document] = []
    for document in [*(Document(pair.code, pair.language) for pair in pairs), *distractors]:
        if document.text not in places:
            places[document.text] = len(documents)
            documents.append(document)
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for pair in pairs:
        groups[pair.group if same_group else pair.query].add(places[pair.code])
    relevant = [
        _own_first(places[pair.code], groups[pair.group if same_group else pair.query]) for pair in pairs
    ]
    return [pair.query for pair in pairs], documents, relevant


def _own_first(own: int, all_right: set[int]) -> list[int]:
    return [own, *sorted(all_right - {own})]


def _sample(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """All, or so many by chance, in their order."""
    if not most or len(pairs) <= most:
        return list(pairs)
    return [pairs[i] for i in sorted(random.Random(seed).sample(range(len(pairs)), most))]
