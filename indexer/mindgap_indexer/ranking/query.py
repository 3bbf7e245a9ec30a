"""A query as the ranking sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mindgap_indexer.errors import QueryError
from mindgap_indexer.ranking.abbreviations import ABBREVIATIONS
from mindgap_indexer.ranking.classify import classify
from mindgap_indexer.terms import STOPWORDS, stem
from mindgap_indexer.types import Mode
from mindgap_indexer.words import compact, words
from mindgap_indexer.words import trigrams as all_trigrams

MAX_CHARS = 20_000
FEWEST_OTHERS = 2
"""With fewer words beside it, the name of a programming language may be the subject."""
_LANGUAGES = "python javascript typescript java golang kotlin scala haskell elixir ruby php csharp cpp"
LANGUAGE_NAMES = frozenset(_LANGUAGES.split())
"""Those that mean little else: `go`, `rust`, `swift` and `shell` are words of their own."""
_LANGUAGE = re.compile(rf"\b(?:{'|'.join(sorted(LANGUAGE_NAMES))})\b", re.IGNORECASE)
MAX_TERMS = 48
"""A longer query (pasted code) is searched by its first so many distinct terms; its vector sees all."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query, how it is read, and its terms."""

    text: str
    subject: str
    """The text without where it is to be done (“in python”), for models that know nothing of order."""
    mode: Mode
    terms: tuple[str, ...]
    """Distinct stems in order, stop words left out unless nothing else is there."""
    words: tuple[str, ...]
    """The distinct words that the terms come from."""
    trigrams: tuple[str, ...]
    """Three-letter pieces of its letters and digits, for symbols only."""

    @property
    def match_terms(self) -> tuple[str, ...]:
        """The terms to look up; in pseudocode, which names variables, also abbreviations."""
        short: list[str] = []
        if self.mode is Mode.PSEUDOCODE:
            short = [form for term in self.terms for form in ABBREVIATIONS.get(term, ())]
        return tuple(dict.fromkeys((*self.terms, *short)))


def parse_query(text: str, mode: Mode = Mode.AUTO) -> ParsedQuery:
    """Read a query; QueryError when there is nothing in it to search for."""
    text = text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
    found = words(text)
    if not found:
        raise QueryError("The query holds no word to search for. Describe what the code does, or name it.")
    if mode is Mode.AUTO:
        mode = classify(text)
    telling = _telling(found, mode)
    terms = tuple(dict.fromkeys(stem(word) for word in telling))[:MAX_TERMS]
    letters = trigrams(compact(text)) if mode is Mode.SYMBOL else ()
    placed = mode is Mode.NATURAL_LANGUAGE and LANGUAGE_NAMES.isdisjoint(telling)
    subject = _LANGUAGE.sub("", text) if placed else text
    return ParsedQuery(text, subject, mode, terms, telling[:MAX_TERMS], letters)


def _telling(found: Sequence[str], mode: Mode) -> tuple[str, ...]:
    """The distinct words that say what is wanted."""
    telling = tuple(dict.fromkeys(word for word in found if word not in STOPWORDS) or dict.fromkeys(found))
    if mode is not Mode.NATURAL_LANGUAGE:
        return telling
    # “python check empty list”, “parse json in java”: where it is to be done, not what.
    others = tuple(word for word in telling if word not in LANGUAGE_NAMES)
    return others if len(others) >= FEWEST_OTHERS else telling


def trigrams(name: str) -> tuple[str, ...]:
    """The first distinct three-letter pieces of a compact name."""
    return all_trigrams(name)[:MAX_TERMS]
