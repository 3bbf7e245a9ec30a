"""What the ranking sees of each question: the candidates of the real search, and which of them answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mindgap_indexer import Workspace
from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.ranking import rank
from mindgap_indexer.ranking.cross import read_best
from mindgap_indexer.ranking.features import FEATURES, feature_matrix
from mindgap_indexer.ranking.sureness import query_signs
from mindgap_indexer.search import Gathered
from mindgap_indexer.types import CancelCheck, Float32, ProgressCallback, Tier
from mindgap_training.corpora.splits import position
from mindgap_training.errors import TrainingDataError
from mindgap_training.progress import never, no_progress, step
from mindgap_training.ranker import nameless
from mindgap_training.ranker.example import Example
from mindgap_training.ranker.keep import keep, kept
from mindgap_training.ranker.questions import Question, by_corpus

WRONG_CORPORA = 2
"""Every question is also asked of so many corpora that cannot answer it."""
KIND_OF_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Asking:
    """What questions are asked of, and how many."""

    sources: Path
    """A folder per corpus."""
    model: EmbeddingModel | None = None
    """The instant model; by default the one that ships."""
    deep: EmbeddingModel | None = None
    """Where the deep tier is asked too: its model. Each corpus is encoded first, which takes long."""
    most_own: int = 0
    """Of a corpus's own questions so many at most, 0 for all …"""
    most_foreign: int = 0
    """… and of those of other corpora."""
    kept: Path | None = None
    """A folder in which each corpus's examples are kept, to continue from."""


def collect(
    questions: Sequence[Question],
    asking: Asking,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> list[Example]:
    """Ask all questions in their own corpora and in others; indexes what is not indexed yet."""
    examples: list[Example] = []
    asked = {corpus: _some(own, asking.most_own) for corpus, own in by_corpus(questions).items()}
    model = asking.model or load_default()
    for done, (corpus, own) in enumerate(asked.items()):
        step("collect", done, len(asked), progress, cancelled)
        every = [*own, *_some(_foreign(corpus, asked), asking.most_foreign)]
        key = _key(every, model, asking.deep)
        found = kept(asking.kept, corpus, key) if asking.kept else None
        if found is None:
            found = _ask_corpus(corpus, every, asking, model, cancelled)
            if asking.kept:
                keep(asking.kept, corpus, key, found)
        examples += found
    step("collect", len(asked), len(asked), progress, never)
    return examples


def _ask_corpus(
    corpus: str, questions: Sequence[Question], asking: Asking, model: EmbeddingModel, cancelled: CancelCheck
) -> list[Example]:
    folder = asking.sources / corpus
    if not folder.is_dir():
        raise TrainingDataError(f"{folder} is missing: the questions over {corpus} need its sources.")
    with Workspace.open(folder, model=model) as workspace:
        if asking.deep is not None:
            workspace.use_deep(asking.deep)
        workspace.index(cancelled=cancelled)
        if asking.deep is not None:
            workspace.deepen(cancelled=cancelled)
        return list(_ask(workspace, questions, Tier.INSTANT if asking.deep is None else Tier.DEEP))


def _key(questions: Sequence[Question], model: EmbeddingModel, deep: EmbeddingModel | None) -> str:
    """Names what examples are made from, the code of the features aside."""
    heads = model.token_heads.to_bytes() if model.token_heads else b""
    cross = deep.cross.fingerprint if deep and deep.cross else ""
    made_by = (model.fingerprint, deep.fingerprint if deep else "", cross)
    return short_hash([heads, *made_by, *FEATURES, *map(repr, questions)])


def _some(questions: Sequence[Question], most: int) -> list[Question]:
    """All, or a sample that depends on the questions alone, in their order."""
    if not 0 < most < len(questions):
        return list(questions)
    chosen = set(sorted(range(len(questions)), key=lambda place: position(questions[place].text))[:most])
    return [question for place, question in enumerate(questions) if place in chosen]


def _foreign(corpus: str, asked: Mapping[str, Sequence[Question]]) -> list[Question]:
    """The questions of the next corpora by name, in a circle, as questions that have no answer here."""
    names = list(asked)
    at = names.index(corpus)
    others = {names[(at + distance) % len(names)] for distance in range(1, WRONG_CORPORA + 1)} - {corpus}
    return [
        Question(corpus, KIND_OF_ABSENT, question.text, ())
        for other in sorted(others)
        for question in asked[other]
        if question.answers and question.kind != nameless.KIND
    ]


def _ask(workspace: Workspace, questions: Sequence[Question], tier: Tier) -> Iterator[Example]:
    searcher = workspace.searcher(tier)
    for question in questions:
        gathered = searcher.gather(question.text, tier=tier)
        if gathered.candidates:
            yield _example(question, gathered)


def _features(gathered: Gathered) -> Float32:
    """Features (candidates, features); the cross-encoder reads those that the present ranking puts first."""
    query, candidates, evidence = gathered.query, gathered.candidates, gathered.evidence
    features = feature_matrix(query, candidates, evidence)
    if gathered.cross is not None:
        places = {candidate: place for place, candidate in enumerate(candidates)}
        ranked, _ = rank(query, candidates, evidence)
        read_best(features, candidates, [places[item.candidate] for item in ranked], gathered.cross)
    return features


def _example(question: Question, gathered: Gathered) -> Example:
    return Example(
        kind=question.kind,
        text=question.text,
        mode=gathered.query.mode,
        candidates=gathered.candidates,
        features=_features(gathered),
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
