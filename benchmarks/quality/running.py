"""Asking every question of a part in every variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.indexes import Tell, opened
from benchmarks.quality.types import Answered, Collection, Gold, Outcome, Part, Places, Question
from benchmarks.quality.variants import Variant
from mindgap_indexer import Hit, QueryError, Workspace
from mindgap_indexer.encoding import EmbeddingModel

SHOWN = 3
"""Hits of an answer that an outcome keeps."""
LIMIT = 100
"""Hits that are asked for: reciprocal ranks further down add less than a hundredth."""
ALL_CANDIDATES = 1_000


@dataclass(frozen=True, slots=True)
class Bench:
    """What stays the same for all parts of a run."""

    places: Places
    home: Path
    instant: EmbeddingModel
    deep: EmbeddingModel | None
    variants: Sequence[Variant]
    tell: Tell

    def run(self, part: Part) -> Mapping[str, Sequence[Outcome]]:
        """Outcomes by name of the variant. Raises SkippedError."""
        outcomes: dict[str, list[Outcome]] = {variant.name: [] for variant in self.variants}
        for collection in part.collections(self.places):
            self.tell(f"{part.name}: {collection.name}, {len(collection.questions)} questions")
            deep = self.deep if any(variant.needs_deep for variant in self.variants) else None
            with opened(collection.root, self.home, self.instant, deep, self.tell) as workspace:
                for variant in self.variants:
                    outcomes[variant.name] += _asked(workspace, part, collection, variant)
        return outcomes


def _asked(workspace: Workspace, part: Part, collection: Collection, variant: Variant) -> Sequence[Outcome]:
    return [
        _outcome(part, collection, question, _answered(workspace, question.text, variant))
        for question in collection.questions
    ]


def _answered(workspace: Workspace, text: str, variant: Variant) -> Answered:
    limit = ALL_CANDIDATES if variant.order_by else LIMIT
    try:
        return variant.arrange(workspace.search(text, limit, tier=variant.tier, index_first=False))
    except QueryError:
        # A query without a word (a symbol of signs only) gets no answer from the product either.
        return Answered((), abstained=True)


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
