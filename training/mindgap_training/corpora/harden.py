"""Making questions harder: people who search do not know the words of the code that they are looking for.

A doc comment shares words with the function below it; a model trained on such pairs learns to compare words.
Here words of the name are dropped, others said differently, and statements turned into questions.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mindgap_indexer.terms import STOPWORDS, stem
from mindgap_indexer.words import words

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]+|_+")
_QUESTIONS = (
    "how does it {}",
    "where do we {}",
    "code to {}",
    "function that can {}",
    "what is used to {}",
    "need to {}",
    "the part that will {}",
)
# A question of fewer words says too little to be told apart from others.
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Hardening:
    """How often each change is made to a question."""

    dropped_shared: float = 0.5
    """Chance of each word that stands in the name of the answer to be left out."""
    dropped_other: float = 0.08
    """Chance of any other word to be left out."""
    paraphrased: float = 0.3
    """Chance of each word that has paraphrases to be replaced by one; words of the name: twice that."""
    asked: float = 0.1
    """Chance of the whole to become a question."""


def harden(question: str, name: str, how: Hardening, rng: random.Random) -> str:
    """The question with fewer and other words; unchanged when too little would be left."""
    shared = {stem(word) for word in words(name)}
    table = paraphrases()
    kept: list[str] = []
    for token in _TOKEN.findall(question):
        word = token.lower()
        in_name = stem(word) in shared
        others = table.get(word) or table.get(_base_form(word), ())
        if others and rng.random() < how.paraphrased * (2 if in_name else 1):
            kept.append(rng.choice(others))
        elif rng.random() >= (how.dropped_shared if in_name else how.dropped_other):
            kept.append(token)
    telling = {word for token in kept for word in words(token)} - STOPWORDS
    if len(telling) < _FEWEST_WORDS:
        return question
    text = " ".join(kept)
    return rng.choice(_QUESTIONS).format(text) if rng.random() < how.asked else text


@cache
def paraphrases() -> Mapping[str, Sequence[str]]:
    """What may stand for each word: the rest of the groups in `paraphrases.txt` that it leads.

    A word that leads none takes those that it is in; one that leads some means something else in the others.
    """
    leading: dict[str, list[str]] = {}
    member: dict[str, list[str]] = {}
    for line in files(__package__).joinpath("paraphrases.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            group = [phrase.strip() for phrase in line.split(",")]
            leading.setdefault(group[0], []).extend(group[1:])
            for word in group[1:]:
                member.setdefault(word, []).extend(phrase for phrase in group if phrase != word)
    return {word: phrases for word, phrases in {**member, **leading}.items() if " " not in word}


def _base_form(word: str) -> str:
    """A guess at the infinitive or singular of an inflected word: `removes`, `removed`, `removing`."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("s", ""), ("ed", "e"), ("ed", ""), ("ing", "e")):
        if word.endswith(ending) and word[: -len(ending)] + instead in paraphrases():
            return word[: -len(ending)] + instead
    return word.removesuffix("ing")
