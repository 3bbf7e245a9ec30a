"""Questions asked in the wrong repository: there, to abstain is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.quality.chance import sample
from benchmarks.quality.judging import ON_ABSENT, ON_ANSWERABLE
from benchmarks.quality.parts.dev import Dev
from benchmarks.quality.parts.handmade import Handmade
from benchmarks.quality.types import (
    Answered,
    Collection,
    Figures,
    Part,
    Places,
    Question,
    SkippedError,
    Target,
)

FOREIGN = 15
"""Questions of other repositories that each is asked."""
_NO_WORDS = frozenset({"symbol", "absent"})
# Questions about a whole file are often so general that another repository answers some of them too.
_SETS: Sequence[tuple[str, Part]] = (
    ("files", Dev()),
    ("functions", Handmade("handmade", "")),
    ("functions", Handmade("handwritten", "", own=True)),
)


class Elsewhere:
    """Share of abstentions where the answer is here, and where it is in another repository."""

    name = "elsewhere"
    title = "asked in the wrong repository"
    macro = ""
    targets = (
        Target(ON_ABSENT, instant=0.80, deep=0.80),
        Target(ON_ANSWERABLE),
        Target(ON_ABSENT, ("files elsewhere",)),
        Target(ON_ABSENT, ("functions elsewhere",)),
    )

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per repository of the dev split and the hand-written sets. Raises SkippedError."""
        found = False
        for label, part in _SETS:
            try:
                collections = list(part.collections(places))
            except SkippedError:
                continue
            found = True
            for collection in collections:
                questions = [*_own(collection, label), *_foreign(collection, collections, label)]
                yield replace(collection, questions=questions)
        if not found:
            raise SkippedError("Neither the dev split nor a hand-written set is here.")

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Whether the answer abstains."""
        figure = ON_ANSWERABLE if question.golds else ON_ABSENT
        return {figure: float(answered.abstained)}


def _own(collection: Collection, label: str) -> Sequence[Question]:
    asked = [question for question in collection.questions if question.kind not in _NO_WORDS]
    return [replace(question, kind=f"{label} here") for question in asked]


def _foreign(collection: Collection, collections: Sequence[Collection], label: str) -> Sequence[Question]:
    own = {question.text for question in collection.questions}
    others = [
        question
        for other in collections
        if other.name != collection.name
        for question in other.questions
        if question.kind not in _NO_WORDS and question.text not in own
    ]
    chosen = sample(others, FOREIGN, lambda question: f"{collection.name} {question.id}")
    return [
        replace(question, id=f"{question.id} in {collection.name}", kind=f"{label} elsewhere", golds=())
        for question in chosen
    ]
