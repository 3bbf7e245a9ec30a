"""Whether a question is about a topic, which whole files are about, or about what one function does.

A topic is named in few words, rarely with a verb (“static file serving”), or one asks how it works. What one
function does takes a clause or two (“wait time doubles after each failed attempt”). Only words that are the
same in every code base tell, so that it does not matter what the topic is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mindgap_indexer.ranking.logistic import probability
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.types import Mode

TOPIC = "topic"
"""The sign of sureness that tells how much a question is about a topic: few words are soon met in full."""
_WORD = re.compile(r"[^\W\d_]+")
_PAUSES = frozenset(",;:")
_ARTICLES = frozenset({"a", "an", "the"})
_CLAUSES = (
    "so if when until unless without its it this that only not are is by be has have was were which who what"
    " there"
)
_OF_CLAUSES = frozenset(_CLAUSES.split())
_FEW, _MANY, _MOST = 3, 9, 20


def topic_share(query: ParsedQuery, weights: Mapping[str, float]) -> float:
    """How likely a question is about a topic, between 0 and 1; what is no question in words is about none."""
    return probability(topic_signs(query.text), weights) if query.mode is Mode.NATURAL_LANGUAGE else 0.0


def topic_signs(text: str) -> dict[str, float]:
    """What the wording of a question tells of it."""
    words = _WORD.findall(text.lower())
    told = {
        "words": min(len(words), _MOST) / 10,
        "few": len(words) <= _FEW,
        "many": len(words) >= _MANY,
        "how": words[:1] == ["how"],
        "and": "and" in words,
        "nouns_of_verbs": any(word.endswith(("ing", "ion")) for word in words),
        "capitals": any(letter.isupper() for letter in text),
        "articles": not _ARTICLES.isdisjoint(words),
        "clauses": not _OF_CLAUSES.isdisjoint(words),
        "pauses": not _PAUSES.isdisjoint(text),
        "question_mark": text.rstrip().endswith("?"),
        "bias": True,
    }
    return {name: float(value) for name, value in told.items()}
