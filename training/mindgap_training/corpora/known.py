"""The public sets by name: their columns, what belongs together in each, and what may be done with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mindgap_training.corpora.readers import Row, optional_text, read_rows, required_text
from mindgap_training.corpora.splits import position
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair

_DEV_SHARE = 0.1
"""Of the groups of a set that comes without a dev split."""
_HELD_OUT = {"validation": "dev", "val": "dev", "prompt": "train", "test_2016_flickr": "test"}


@dataclass(frozen=True, slots=True)
class Corpus:
    """How to read one set."""

    file: str
    """Below the folder of all sets."""
    licence: str
    query: str = "query"
    code: str = "code"
    language: str = ""
    """Of the answers, where no column tells it."""
    group: tuple[str, ...] = ()
    """Columns that together name what must not be torn apart."""
    group_prefix: str = ""
    """Two sets about the same things share it, so that they are split alike."""
    splits: Mapping[str, str] = field(default_factory=lambda: dict(_HELD_OUT))
    """The set's own names of splits to `train`, `dev` and `test`; names that are missing stay."""
    has_dev: bool = True
    """Without one, a tenth of the groups becomes it."""
    required_label: str = ""
    """Rows with another value in the column `label` are annotated non-matches."""
    candidates: str = ""
    """A file of everything that the set's queries are searched in."""
    may_ship: bool = True
    """Weights that were trained on it may be given away."""


_SPOC_SPLITS = {"train_eval": "train", "train_test": "dev"}
"""No problem is in both."""

CORPORA: Mapping[str, Corpus] = {
    "cosqa": Corpus(
        "cosqa/pairs.jsonl.gz",
        "C-UDA 1.0",
        group=("retrieval_idx",),
        required_label="1",
        candidates="cosqa/codebase.jsonl.gz",
    ),
    "django-pseudocode": Corpus(
        "django_pseudocode/functions.jsonl.gz", "MIT and BSD-3-Clause", group=("path",)
    ),
    "django-lines": Corpus("django_pseudocode/lines.jsonl.gz", "MIT and BSD-3-Clause", group=("code",)),
    "spoc": Corpus("spoc/functions.jsonl.gz", "CC BY 4.0", group=("probid",), splits=_SPOC_SPLITS),
    "spoc-programs": Corpus("spoc/programs.jsonl.gz", "CC BY 4.0", group=("probid",), splits=_SPOC_SPLITS),
    "mbpp": Corpus("mbpp/problems.jsonl.gz", "CC BY 4.0", group=("task",), group_prefix="mbpp"),
    "mbxp": Corpus("mbxp/problems.jsonl.gz", "CC BY 4.0", group=("task",), group_prefix="mbpp"),
    "conala": Corpus(
        "conala/snippets.jsonl.gz", "CC BY-SA 4.0", group=("question_id",), has_dev=False, may_ship=False
    ),
    "thealgorithms": Corpus(
        "thealgorithms/functions.jsonl.gz", "MIT", group=("algorithm",), group_prefix="algorithm"
    ),
    "same-algorithm": Corpus(
        "thealgorithms/by_algorithm.jsonl.gz", "MIT", group=("algorithm",), group_prefix="algorithm"
    ),
    "nl2bash": Corpus("nl2bash/commands.jsonl.gz", "MIT", group=("code",), has_dev=False),
    "multi30k": Corpus(
        "multi30k_en_fr/captions.jsonl.gz",
        "research use",
        query="en",
        code="fr",
        language="fr",
        group=("en",),
        may_ship=False,
    ),
    "tatoeba": Corpus(
        "tatoeba_en_fr/sentences.jsonl.gz",
        "CC BY 2.0 FR",
        query="en",
        code="fr",
        language="fr",
        group=("en",),
    ),
    "python-docs": Corpus(
        "python_docs_en_fr/messages.jsonl.gz",
        "CC0 1.0",
        query="en",
        code="fr",
        language="fr",
        group=("en",),
    ),
    "django-po": Corpus(
        "django_po_en_fr/messages.jsonl.gz",
        "BSD-3-Clause",
        query="en",
        code="fr",
        language="fr",
        group=("en",),
        has_dev=False,
    ),
}


def load_corpus(name: str, data: Path, split: str | None = None) -> list[Pair]:
    """The pairs of a public set in the folder `data`: all, or those of `train`, `dev` or `test`.

    `same-algorithm` pairs code with code: one algorithm in two languages.
    """
    corpus = _known(name)
    pairs = list(_pairs(name, corpus, data / corpus.file))
    if name == "same-algorithm":
        pairs = list(across_languages(pairs))
    if split is None:
        return pairs
    chosen = [pair for pair in pairs if pair.split == split]
    if not chosen:
        splits = ", ".join(sorted({pair.split for pair in pairs})) or "none"
        raise TrainingDataError(f"The corpus {name} has no split {split!r}. Choose one of: {splits}.")
    return chosen


def load_candidates(name: str, data: Path) -> list[str]:
    """Everything that a set's queries are searched in, where that is more than its answers; else nothing."""
    corpus = _known(name)
    if not corpus.candidates:
        return []
    path = data / corpus.candidates
    return [required_text(path, line, row, corpus.code) for line, row in read_rows(path)]


def across_languages(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """For each group, its code in one language as query, in the next language (by name) as answer."""
    first: defaultdict[str, dict[str, Pair]] = defaultdict(dict)
    for pair in pairs:
        first[pair.group].setdefault(pair.language, pair)
    for by_language in first.values():
        languages = sorted(by_language)
        for here, there in zip(languages, languages[1:] + languages[:1], strict=True):
            if here != there:
                asked, answer = by_language[here], by_language[there]
                yield replace(answer, id=f"{asked.id}>{there}", query=asked.code)


def _known(name: str) -> Corpus:
    corpus = CORPORA.get(name)
    if corpus is None:
        raise TrainingDataError(f"There is no corpus {name!r}. Known are: {', '.join(CORPORA)}.")
    return corpus


def _pairs(name: str, corpus: Corpus, path: Path) -> Iterator[Pair]:
    for line, row in read_rows(path):
        if corpus.required_label and optional_text(row, "label") != corpus.required_label:
            continue
        group = _group(name, corpus, row)
        yield Pair(
            id=optional_text(row, "id") or f"{name}-{line}",
            query=required_text(path, line, row, corpus.query),
            code=required_text(path, line, row, corpus.code),
            language=corpus.language or optional_text(row, "language"),
            group=group,
            split=_split(corpus, row, group),
            source=name,
        )


def _group(name: str, corpus: Corpus, row: Row) -> str:
    values = (optional_text(row, column) for column in corpus.group)
    return ":".join((corpus.group_prefix or name, *values))


def _split(corpus: Corpus, row: Row, group: str) -> str:
    if not corpus.has_dev:
        return "dev" if position(group) < _DEV_SHARE else "train"
    own = optional_text(row, "split") or "train"
    return corpus.splits.get(own, own)
