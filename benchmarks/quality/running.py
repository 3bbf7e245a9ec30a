"""Asking every question of a part in every variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.quality.ablating import Answering
from benchmarks.quality.chance import sample
from benchmarks.quality.indexes import Tell, opened
from benchmarks.quality.types import Answer, Answered, Collection, Gold, Outcome, Part, Places, Question
from benchmarks.quality.variants import Variant
from mindgap_indexer import Hit, Workspace
from mindgap_indexer.encoding import EmbeddingModel

SHOWN = 3
"""Hits of an answer that an outcome keeps."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What stays the same for all parts of a run."""

    places: Places
    home: Path
    instant: EmbeddingModel
    deep: EmbeddingModel | None
    variants: Sequence[Variant]
    tell: Tell
    most: int | None = None
    """Questions that are asked of each collection; None: all."""

    def run(self, part: Part) -> Mapping[str, Sequence[Outcome]]:
        """Outcomes by name of the variant. Raises SkippedError."""
        self.tell(f"{part.name}: making the questions ready")
        outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for collection in part.collections(self.places):
            questions = self._chosen(collection.questions)
            self.tell(f"{part.name}: {collection.name}, {len(questions)} questions")
            deep = self.deep if any(variant.needs_deep for variant in self.variants) else None
            with opened(collection.root, self.home, self.instant, deep, self.tell) as workspace:
                for name, answer in self._methods(workspace, collection).items():
                    outcomes[name] += [
                        _outcome(part, collection, question, answer(question.text)) for question in questions
                    ]
        return outcomes

    def _chosen(self, questions: Sequence[Question]) -> Sequence[Question]:
        if self.most is None:
            return questions
        return sample(questions, self.most, lambda question: question.id)

    def _methods(self, workspace: Workspace, collection: Collection) -> dict[str, Answer]:
        """What answers, by name: the variants of the product, and what the part compares it with."""
        answering = Answering(workspace)
        ours = {variant.name: partial(answering.answer, variant) for variant in self.variants}
        return {**ours, **collection.rivals}


def _outcome(part: Part, collection: Collection, question: Question, answered: Answered) -> Outcome:
    return Outcome(
        question=question.id,
        text=question.text,
        collection=collection.name,
        language=collection.language,
        kind=question.kind,
        figures=part.judge(question, answered, collection.prefix),
        abstained=answered.abstained,
        certainty=answered.hits[0].score if answered.hits else 0.0,
        wanted=tuple(_place(gold) for gold in question.golds),
        got=tuple(_shown(hit, collection.prefix) for hit in answered.hits[:SHOWN]),
    )


def _place(gold: Gold) -> str:
    return f"{gold.path}:{gold.start_line} {gold.name}" if gold.name else gold.path


def _shown(hit: Hit, prefix: str) -> str:
    return f"{prefix}{hit.path}:{hit.start_line} {hit.qualname or hit.name}"
