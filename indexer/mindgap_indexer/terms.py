"""From words to index terms: stems, so that `parses`, `parsing` and `parse` meet."""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from itertools import chain, islice

import Stemmer

from mindgap_indexer.memory import forgets
from mindgap_indexer.words import runs, runs_of, split_identifier

MAX_FIELD_TERMS = 2_000
"""Terms beyond this of one field (tables, generated code) are not indexed."""

# Words of a question that say nothing about code. Deliberately short: `not`, `in`, `all` … do in code.
_STOPWORDS = """
a an and are as at be been being but by can could did do does doing done for from had has have how i if in
into is it its itself just me my of on onto or our shall should so some such than that the their them then
there these they this those to us was we were what when where which while who whose why will with would
you your
"""
STOPWORDS = frozenset(_STOPWORDS.split())

_local = threading.local()


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Stem of a lower-case word."""
    # A stemmer object is not safe to share between threads.
    stemmer: Stemmer.Stemmer | None = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return stemmer.stemWord(word)


def fold(term: str) -> str:
    """A term without diacritics, as the full-text index knows it."""
    if term.isascii():
        return term
    return "".join(c for c in unicodedata.normalize("NFKD", term) if not unicodedata.combining(c))


def _terms_of_run(run: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in split_identifier(run))


@lru_cache(maxsize=32_768)
def _folded_terms_of_run(run: str) -> tuple[str, ...]:
    """Of an identifier: code repeats them, so this is mostly one look-up."""
    return tuple(map(fold, _terms_of_run(run)))


forgets(stem.cache_clear)
forgets(_folded_terms_of_run.cache_clear)


def terms(text: str) -> list[str]:
    """Index terms of a text in order."""
    return [term for run in runs(text) for term in _terms_of_run(run)]


def field(text: str) -> list[str]:
    """The terms of a unit's field in order, as the full-text index knows them."""
    return list(islice(chain.from_iterable(map(_folded_terms_of_run, runs_of[text])), MAX_FIELD_TERMS))
