"""Measuring a retriever on a retrieval set: ranking, telling right pairs from random ones, and failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.types import Float32
from mindgap_training.baselines.protocol import Retriever
from mindgap_training.embeddings import Document
from mindgap_training.metrics import (
    Classification,
    Float64,
    best_threshold,
    classify,
    rank_metrics,
    right_ranks,
)
from mindgap_training.pairs import Pair
from mindgap_training.retrieval import RetrievalSet


@dataclass(frozen=True, slots=True)
class Failure:
    """A question whose right answer stands far down."""

    query: str
    right: str
    found: str
    """What stood first."""
    rank: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a retriever does on a set."""

    per_query: dict[str, Float64]
    classification: Classification
    aligned: Float32
    """Scores (q,) of the questions' own answers …"""
    random: Float32
    """… and of a wrong answer each, drawn by chance."""
    failures: list[Failure]
    """The worst first."""


def evaluate(retriever: Retriever, task: RetrievalSet, seed: int = 0, failures: int = 20) -> Evaluation:
    """Rank all documents for each question, and tell right pairs from random ones.

    As in the paper a pair counts as right from a threshold on; it is chosen on the calibration pairs.
    """
    scores = retriever.scores(task.queries, task.documents)
    aligned, random = pair_scores(scores, task.relevant, seed)
    queries, documents = calibration_texts(task.calibration)
    known = retriever.scores(queries, documents)
    threshold = best_threshold(*pair_scores(known, [[i] for i in range(len(known))], seed))
    return Evaluation(
        rank_metrics(scores, task.relevant),
        classify(aligned, random, threshold),
        aligned,
        random,
        _failures(scores, task, failures),
    )


def calibration_texts(pairs: Sequence[Pair]) -> tuple[list[str], list[Document]]:
    """Questions and answers of pairs, in their order."""
    return [pair.query for pair in pairs], [Document(pair.code, pair.language) for pair in pairs]


def pair_scores(scores: Float32, relevant: Sequence[Sequence[int]], seed: int) -> tuple[Float32, Float32]:
    """Of scores (q, c): those of each question's own answer (q,) and of a random wrong one (q,)."""
    generator = np.random.default_rng(seed)
    wrong = generator.integers(0, scores.shape[1], len(scores))
    for i, right in enumerate(relevant):
        while len(right) < scores.shape[1] and wrong[i] in right:
            wrong[i] = generator.integers(0, scores.shape[1])
    rows = np.arange(len(scores))
    return scores[rows, [right[0] for right in relevant]], scores[rows, wrong]


def _failures(scores: Float32, task: RetrievalSet, count: int) -> list[Failure]:
    ranks = [right_ranks(row, right)[0] for row, right in zip(scores, task.relevant, strict=True)]
    worst = [i for i in sorted(range(len(ranks)), key=lambda i: -ranks[i])[:count] if ranks[i] > 1]
    return [
        Failure(
            query=task.queries[i],
            right=task.documents[task.relevant[i][0]].text,
            found=task.documents[int(scores[i].argmax())].text,
            rank=int(ranks[i]),
        )
        for i in worst
    ]
