"""From words to index terms: stems, so that `parses`, `parsing` and `parse` meet."""

from __future__ import annotations

import threading
from collections import Counter
from functools import lru_cache
from itertools import chain, islice

import Stemmer

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


@lru_cache(maxsize=32_768)
def _terms_of_run(run: str) -> tuple[str, ...]:
    """Stems of an identifier's words: code repeats its identifiers, so this is mostly one look-up."""
    return tuple(stem(word) for word in split_identifier(run))


def terms(text: str) -> list[str]:
    """Index terms of a text in order."""
    return [term for run in runs(text) for term in _terms_of_run(run)]


def field(text: str) -> dict[str, int]:
    """How often each term of a unit's field occurs, as the full-text index counts them."""
    return Counter(islice(chain.from_iterable(map(_terms_of_run, runs_of(text))), MAX_FIELD_TERMS))
