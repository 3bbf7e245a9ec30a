"""What a file's path says for or against its units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from mindgap_indexer.memory import forgets
from mindgap_indexer.ranking.mentions import Mentions
from mindgap_indexer.terms import stem, terms
from mindgap_indexer.words import words

_TEST = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing|testdata|fixtures?|mocks?)/|"
    r"(?:^|/)(?:test_[^/]*|[^/]*[_.-](?:test|tests|spec)|[^/]*Tests?)\.\w+$"
)
_ASIDE = re.compile(
    r"(?:^|/)(?:examples?|demos?|samples?|docs?|benchmarks?|bench|vendor|third_party|external|deprecated|"
    r"legacy|compat|generated|migrations|locales?|i18n)/",
    re.IGNORECASE,
)


class FileSigns(NamedTuple):
    """What a path says about a query, 0 to 1 each; a tuple, because a query makes a hundred."""

    path: float
    """Share of the query that the path says."""
    fit: float
    """Share of the file's name that the query says."""
    mention: float
    """How surely the query mentions the file by name."""
    aside: float
    """The file is an example, a copy of others' code, old …"""
    test: float


def file_signs(path: str, weights: Mapping[str, float], total: float, mentions: Mentions) -> FileSigns:
    """Of one path; `weights` are the query's terms, `total` their sum."""
    known = _read(path)
    said = sum([weights[term] for term in weights.keys() & known.terms])
    return FileSigns(
        path=said / total if total else 0.0,
        fit=len(known.name_terms & weights.keys()) / max(len(known.name_terms), 1),
        mention=mentions.name(known.name),
        aside=known.aside,
        test=known.test,
    )


class _Path(NamedTuple):
    """What does not depend on a query."""

    terms: frozenset[str]
    name: str
    """Of the file, without folders and ending."""
    name_terms: frozenset[str]
    aside: float
    test: float


@lru_cache(maxsize=16_384)
def _read(path: str) -> _Path:
    name = path.rsplit("/", 1)[-1].split(".", 1)[0]
    return _Path(
        terms=frozenset(terms(path)),
        name=name,
        name_terms=frozenset(stem(word) for word in words(name)),
        aside=float(bool(_ASIDE.search(path))),
        test=float(bool(_TEST.search(path))),
    )


forgets(_read.cache_clear)
