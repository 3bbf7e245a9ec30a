"""Symbol queries, made from the names of real repositories, and an editor's fuzzy search beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.quality.chance import sample
from benchmarks.quality.distortions import DISTORTIONS, is_distorted
from benchmarks.quality.fuzzy import FuzzyNames
from benchmarks.quality.judging import by_function
from benchmarks.quality.parts.dev import Dev
from benchmarks.quality.sources import Placed, named_units
from benchmarks.quality.types import Answered, Collection, Figures, Gold, Places, Question, Target
from mindgap_indexer.types import CALLABLE
from mindgap_indexer.words import compact, words

NAMES = 6
"""Of each repository."""
_FEWEST_WORDS = 2
_FEWEST_LETTERS = 7


class Symbols:
    """Recall of names that are asked for as people remember them."""

    name = "symbols"
    title = "symbols, distorted by rule"
    macro = ""
    targets = (
        Target("recall@1"),
        Target("recall@5"),
        *(Target("recall@1", (kind,)) for kind in DISTORTIONS),
    )

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per repository of the dev split. Raises SkippedError."""
        for whole in Dev().collections(places):
            units = list(named_units(whole.root))
            yield Collection(
                whole.name,
                whole.language,
                whole.root,
                _questions(whole.name, units),
                rivals={"editor fuzzy": FuzzyNames(units).answer},
            )

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Rank of a definition of that name."""
        return by_function(question, answered, prefix)


def _questions(collection: str, units: Sequence[Placed]) -> Sequence[Question]:
    by_name: dict[str, list[Placed]] = defaultdict(list)
    for placed in units:
        by_name[compact(placed.unit.name)].append(placed)
    names = {placed.unit.name for placed in units if _is_worth_asking(placed)}
    chosen = sample(names, NAMES, lambda name: f"{collection} {name}")
    return [
        Question(f"{collection} {name} {kind}", asked, kind, golds)
        for name in chosen
        for golds in [tuple(map(_gold, by_name[compact(name)]))]
        for kind, asked in _asked(name, by_name)
    ]


def _asked(name: str, known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for kind, distort in DISTORTIONS.items():
        asked = distort(name)
        # What happens to be another name of the code base has another right answer.
        if is_distorted(asked, name, kind) and (kind == "switched case" or compact(asked) not in known):
            yield kind, asked


def _is_worth_asking(placed: Placed) -> bool:
    name = placed.unit.name
    return (
        placed.unit.kind in CALLABLE
        and name.replace("_", "").isalnum()
        and len(words(name)) >= _FEWEST_WORDS
        and len(compact(name)) >= _FEWEST_LETTERS
        and "test" not in placed.path.lower()
    )


def _gold(placed: Placed) -> Gold:
    unit = placed.unit
    return Gold(placed.path, unit.name, unit.name_line, unit.start_line, unit.end_line)
