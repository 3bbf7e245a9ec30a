"""Public sets of descriptions and functions; each function is a file of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.quality.blinding import blind
from benchmarks.quality.chance import sample
from benchmarks.quality.judging import ON_ANSWERABLE, by_snippet
from benchmarks.quality.snippets import Snippet, data_folder, write_snippets
from benchmarks.quality.types import (
    Answered,
    Collection,
    Figures,
    Gold,
    Places,
    Question,
    SkippedError,
    Target,
)
from mindgap_training.corpora import CORPORA, load_candidates, load_corpus
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair

_AS_WRITTEN = "as written"
_BLIND = "identifier-blind"


def _everything(_: Pair) -> bool:
    return True


def _three_lines(pair: Pair) -> bool:
    return pair.code.strip().count("\n") >= 2


@dataclass(frozen=True, slots=True)
class Public:
    """Reciprocal rank of the function that a description belongs to, among all functions of its language."""

    name: str
    title: str
    sets: Sequence[str]
    """Names in `mindgap_training.corpora`."""
    targets: Sequence[Target]
    macro: str = ""
    asked: Callable[[Pair], bool] = _everything
    """Which pairs of the dev split become questions."""
    searched: str | None = None
    """Split whose functions are the candidates; None: all."""
    most: int = 500
    """Of each language, so many pairs become questions at most."""
    is_blind: bool = False
    """Ask each question also without the names of the code."""

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per language. Raises SkippedError."""
        data = data_folder(places)
        missing = [file for name in self.sets if not (data / (file := CORPORA[name].file)).is_file()]
        if missing:
            raise SkippedError(f"There is no file {data / missing[0]}.")
        try:
            pairs = [pair for name in self.sets for pair in load_corpus(name, data, self.searched)]
            others = [code for name in self.sets for code in load_candidates(name, data)]
        except TrainingDataError as error:
            raise SkippedError(str(error)) from error
        by_language: dict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            by_language[pair.language].append(pair)
        for language, members in sorted(by_language.items()):
            yield self._collection(places, language, members, others)

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Rank of the first right file."""
        return by_snippet(question, answered, prefix)

    def _collection(
        self, places: Places, language: str, pairs: Sequence[Pair], others: Sequence[str]
    ) -> Collection:
        """The sets with candidates of their own name their answers among them."""
        codes = list(dict.fromkeys(others or (pair.code for pair in pairs)))
        root = places.cache / "snippets" / f"{self.name}-{language}"
        paths = dict(zip(codes, write_snippets(root, [Snippet(c, language) for c in codes]), strict=True))
        groups: dict[str, dict[str, None]] = defaultdict(dict)
        for pair in pairs:
            groups[pair.group][paths[pair.code]] = None
        dev = [pair for pair in pairs if pair.split == "dev" and self.asked(pair)]
        asked = sample(dev, self.most, lambda pair: pair.id)
        questions = [
            question for pair in asked for question in self._questions(pair, tuple(groups[pair.group]))
        ]
        return Collection(f"{self.name}-{language}", language, root, questions)

    def _questions(self, pair: Pair, paths: Sequence[str]) -> Iterator[Question]:
        golds = tuple(map(Gold, paths))
        yield Question(pair.id, pair.query, _AS_WRITTEN, golds)
        if self.is_blind:
            yield Question(f"{pair.id} blind", blind(pair.query, pair.code, pair.language), _BLIND, golds)


COSQA = Public(
    "cosqa",
    "CoSQA dev, 6,267 functions",
    ("cosqa",),
    (Target("mrr", instant=0.52, deep=0.66), Target("recall@5"), Target(ON_ANSWERABLE)),
)
SPOC = Public(
    "spoc",
    "SPoC dev functions, by problem",
    ("spoc",),
    (Target("mrr", (_AS_WRITTEN,), instant=0.90), Target("mrr", (_BLIND,))),
    searched="dev",
    most=250,
    is_blind=True,
)
DJANGO = Public(
    "django",
    "Django functions of three lines or more",
    ("django-pseudocode",),
    (Target("mrr", (_AS_WRITTEN,), instant=0.97), Target("mrr", (_BLIND,))),
    asked=_three_lines,
    is_blind=True,
)
MBPP = Public(
    "mbpp",
    "MBPP and MBXP dev, mean over nine languages",
    ("mbpp", "mbxp"),
    (Target("mrr"), Target("recall@5")),
    macro="language",
)
