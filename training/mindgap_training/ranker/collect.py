"""What the ranking sees of each question: the candidates of the real search, and which of them answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mindgap_indexer import Workspace
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.ranking import Candidate
from mindgap_indexer.ranking.features import feature_matrix
from mindgap_indexer.ranking.sureness import query_signs
from mindgap_indexer.search import Gathered
from mindgap_indexer.types import CancelCheck, Float32, Mode, ProgressCallback, Tier
from mindgap_training.errors import TrainingDataError
from mindgap_training.progress import never, no_progress, step
from mindgap_training.ranker import nameless
from mindgap_training.ranker.questions import Question

WRONG_CORPORA = 2
"""Every question is also asked of so many corpora that cannot answer it."""
KIND_OF_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one corpus."""

    kind: str
    mode: Mode
    candidates: Sequence[Candidate]
    features: Float32
    """(candidates, features)"""
    answers: npt.NDArray[np.bool_]
    """(candidates,); which of them answer."""
    signs: Mapping[str, float]
    """What the query tells of the chance to find an answer."""
    answerable: bool
    """Whether the corpus holds an answer at all."""


def collect(
    questions: Sequence[Question],
    sources: Path,
    model: EmbeddingModel | None = None,
    tier: Tier = Tier.INSTANT,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> list[Example]:
    """Ask all questions in their own corpora and in others; indexes what is not indexed yet.

    `sources` holds a folder per corpus. With the deep tier, each corpus is encoded first, which takes long.
    """
    examples: list[Example] = []
    by_corpus = _by_corpus(questions)
    for done, (corpus, own) in enumerate(by_corpus.items()):
        step("collect", done, len(by_corpus), progress, cancelled)
        folder = sources / corpus
        if not folder.is_dir():
            raise TrainingDataError(f"{folder} is missing: the questions over {corpus} need its sources.")
        with Workspace.open(folder, model=model) as workspace:
            workspace.index(cancelled=cancelled)
            if tier is not Tier.INSTANT:
                workspace.deepen(cancelled=cancelled)
            examples += _ask(workspace, own, tier)
            examples += _ask(workspace, _foreign(corpus, by_corpus), tier)
    return examples


def _by_corpus(questions: Sequence[Question]) -> dict[str, list[Question]]:
    found: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        found[question.corpus].append(question)
    return dict(sorted(found.items()))


def _foreign(corpus: str, by_corpus: Mapping[str, Sequence[Question]]) -> list[Question]:
    """The questions of the next corpora by name, in a circle, as questions that have no answer here."""
    names = list(by_corpus)
    at = names.index(corpus)
    others = {names[(at + distance) % len(names)] for distance in range(1, WRONG_CORPORA + 1)} - {corpus}
    return [
        Question(corpus, KIND_OF_ABSENT, question.text, ())
        for other in sorted(others)
        for question in by_corpus[other]
        if question.answers and question.kind != nameless.KIND
    ]


def _ask(workspace: Workspace, questions: Sequence[Question], tier: Tier) -> Iterator[Example]:
    searcher = workspace.searcher(tier)
    for question in questions:
        gathered = searcher.gather(question.text, tier=tier)
        if gathered.candidates:
            yield _example(question, gathered)


def _example(question: Question, gathered: Gathered) -> Example:
    return Example(
        kind=question.kind,
        mode=gathered.query.mode,
        candidates=gathered.candidates,
        features=feature_matrix(gathered.query, gathered.candidates, gathered.evidence),
        answers=np.array(
            [
                any(
                    answer.is_at(candidate, gathered.units[candidate.unit_id].start_line)
                    for answer in question.answers
                )
                for candidate in gathered.candidates
            ],
            np.bool_,
        ),
        signs=query_signs(gathered.query, gathered.evidence),
        answerable=question.kind != KIND_OF_ABSENT,
    )
