"""Names that a question mentions: `how withScientific parses a number`, `the session interface`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from mindgap_indexer.memory import forgets
from mindgap_indexer.terms import STOPWORDS, stem
from mindgap_indexer.words import compact, words

_IDENTIFIER = re.compile(r"[\w$]+(?:(?:\.|::|->|#)[\w$]+)*")
_MARKED = re.compile(r"\w_\w|[a-z0-9][A-Z]|[A-Z]{2,}[a-z]|\w(?:\.|::|->|#)\w")
_SEPARATOR = re.compile(r"\.|::|->|#")

# How surely a mention is meant as a name.
MARKED, JOINED, PLAIN = 1.0, 0.8, 0.4
_LONGEST_JOIN = 3
_SHORTEST = 3


@lru_cache(maxsize=16_384)
def _spellings(name: str) -> tuple[str, str]:
    """How a question may spell the name of a candidate; the next question meets most of them again."""
    letters = compact(name)
    return letters, stem(letters)


forgets(_spellings.cache_clear)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a question may call by name, without separators and in lower case, by sureness."""

    sureness: dict[str, float]
    _of_scopes: dict[str, float] = field(default_factory=dict[str, float], repr=False, compare=False)
    """What was found of the names around candidates, which share them."""

    @classmethod
    def of(cls, question: str) -> Mentions:
        """Identifiers as they are written in code, neighbouring words that may be one, single words."""
        found: dict[str, float] = {}
        plain = words(question)
        for word in plain:
            if word not in STOPWORDS:
                found[word] = found[stem(word)] = PLAIN
        for length in range(2, _LONGEST_JOIN + 1):
            for at in range(len(plain) - length + 1):
                found["".join(plain[at : at + length])] = JOINED
        for match in _IDENTIFIER.finditer(question):
            token = match.group()
            if _MARKED.search(token) or (token[0].isupper() and match.start() > 0):
                for part in (token, *_SEPARATOR.split(token)):
                    found[compact(part)] = MARKED
        return cls({name: sure for name, sure in found.items() if len(name) >= _SHORTEST})

    def name(self, name: str) -> float:
        """How surely a name is mentioned."""
        letters, stemmed = _spellings(name)
        found = self.sureness.get(letters) or self.sureness.get(stemmed)
        if not found:
            return 0.0
        return found if letters in self.sureness else min(found, PLAIN)

    def scopes(self, qualname: str, name: str) -> float:
        """How surely one of the names around a name is mentioned."""
        if qualname == name:
            return 0.0
        around = qualname.removesuffix(name)
        found = self._of_scopes.get(around)
        if found is None:
            parts = [self.name(part) for part in around.split(".") if part]
            found = self._of_scopes[around] = max(parts, default=0.0)
        return found
