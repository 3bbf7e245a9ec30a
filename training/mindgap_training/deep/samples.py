"""What the deep model is tuned on: a question, the unit that answers it, and how a text of both is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.types import Passage
from mindgap_indexer.words import words


@dataclass(frozen=True, slots=True)
class Sample:
    """A question and the unit that answers it."""

    query: str
    passage: Passage
    group: str
    """Samples of one group (a package) are hard to tell apart."""
    source: str
    """Name of the corpus it came from."""
    is_from_doc: bool = False
    """The question is what the unit says of itself, so the unit must be shown without its doc."""


@dataclass(frozen=True, slots=True)
class Hardening:
    """How often the ways are closed by which a question is answered without being understood."""

    drop_name_words: float = 0.6
    """Of the questions, how many lose words that the unit's name has too …"""
    name_word: float = 0.6
    """… each with this chance."""
    drop_word: float = 0.08
    """Chance of any other word to go."""
    hide_name: float = 0.4
    """Of the units, how many are called by a neutral name."""
    rename: float = 0.25
    """Of the units, how many have their variables renamed."""
    drop_doc: float = 0.5
    """Of the units that may show a doc, how many do not."""


AS_IT_IS = Hardening(0, 0, 0, 0, 0, 0)
"""Closes no way."""


_NEUTRAL = ("f", "func", "run", "process", "handle", "do_it", "call", "method", "_")
_SHORT = (*"abcdeijkmnpqrstuvwxyz", "val", "tmp", "obj", "item", "data", "res", "out", "arg", "cur")
_LEAST_WORDS = 3
"""A question is not made shorter than this."""
_KEYWORDS = frozenset(
    word
    for line in """\
and as assert async await auto begin bool boolean break byte case catch chan char class const constexpr
continue data def default defer del delete do double echo elif else elsif end ensure enum except explicit
export extends extern false final finally float fn for foreach forall friend from fun func function global go
goto if impl implements import in inline instanceof instance int integer interface internal is it lambda let
local long loop map match mod module mut namespace new nil none not null nullptr object of open operator or
out override package params pass print private protected pub public raise range readonly ref register repeat
rescue return sealed select self short signed sizeof static str string struct super switch synchronized
template then this throw throws trait true try type typedef typename typeof undefined union unless unsafe
unsigned until use using val var virtual void volatile when where while with yield""".splitlines()
    for word in line.split()
)
"""Of all languages; never renamed."""
_IDENTIFIER = re.compile(r"(?<![\w.$@\"'])[A-Za-z_]\w*(?!\w|\s*\()")
_QUESTION_WORD = re.compile(r"\S+")
_TOPIC_WORD = re.compile(r"[A-Za-z][A-Za-z_0-9-]{3,}")
_TOPIC_WORDS = range(2, 5)
_NO_TOPIC = frozenset(
    word
    for line in """\
about after been before being between both class could does each even from function given have into just like
method more most must only other return returns same should some such than that their them then there these
they this those through until used uses using value values very when where whether which while will with
within without would your also because what""".splitlines()
    for word in line.split()
)
"""Words of which nobody types one alone."""


def draw(sample: Sample, hardening: Hardening, random: Random) -> tuple[str, str]:
    """The question and the text of the unit, as they are for this once."""
    passage = sample.passage
    query = harder_query(sample.query, passage.name, hardening, random)
    if sample.is_from_doc or random.random() < hardening.drop_doc:
        passage = replace(passage, doc="")
    if random.random() < hardening.rename:
        passage = renamed(passage, random)
    if random.random() < hardening.hide_name:
        passage = nameless(passage, random)
    return query, passage_text(passage)


def harder_query(query: str, name: str, hardening: Hardening, random: Random) -> str:
    """A question without some of its words, those of the unit's name first; its lines stay lines."""
    known = (
        {_stem(word) for word in words(name)} if random.random() < hardening.drop_name_words else set[str]()
    )
    left = len(_QUESTION_WORD.findall(query))

    def keep_or_drop(match: re.Match[str]) -> str:
        nonlocal left
        parts = {_stem(part) for part in words(match[0])}
        chance = hardening.name_word if parts & known else hardening.drop_word
        if left > _LEAST_WORDS and random.random() < chance:
            left -= 1
            return ""
        return match[0]

    return re.sub(r"(?<=\S)[ \t]{2,}", " ", _QUESTION_WORD.sub(keep_or_drop, query)).strip()


def few_words(query: str, random: Random) -> str:
    """Two to four words of a question in their order, as one types them into a search box.

    Nothing of a question that has fewer than three to choose from.
    """
    found = [word for word in dict.fromkeys(_TOPIC_WORD.findall(query)) if word.lower() not in _NO_TOPIC]
    if len(found) < 3:
        return ""
    count = random.choice(_TOPIC_WORDS)
    return " ".join(found[i] for i in sorted(random.sample(range(len(found)), min(count, len(found)))))


def nameless(passage: Passage, random: Random) -> Passage:
    """The unit under a neutral name, in its body too."""
    if not passage.name:
        return passage
    neutral = random.choice(_NEUTRAL)
    return _with_names(replace(passage, name=neutral, qualname=neutral), {passage.name: neutral})


def renamed(passage: Passage, random: Random) -> Passage:
    """The unit with its variables called otherwise: what is named twice, and neither called nor a member."""
    text = f"{passage.signature} {passage.body}"
    counts: dict[str, int] = {}
    for name in _IDENTIFIER.findall(text):
        counts[name] = counts.get(name, 0) + 1
    lower = [n for n, count in counts.items() if count > 1 and n[0].islower() and n not in _KEYWORDS]
    names = dict(zip(lower, random.sample(_SHORT, len(_SHORT)), strict=False))
    names.pop(passage.name, None)
    return _with_names(passage, names)


def _with_names(passage: Passage, names: Mapping[str, str]) -> Passage:
    if not names:
        return passage
    pattern = re.compile(rf"(?<![\w.$@])(?:{'|'.join(map(re.escape, names))})(?!\w)")

    def put(text: str) -> str:
        return pattern.sub(lambda match: names[match[0]], text)

    return replace(passage, signature=put(passage.signature), body=put(passage.body))


def _stem(word: str) -> str:
    """Enough of a word to know its other forms by."""
    return word.lower()[:5] if len(word) > 5 else word.lower().rstrip("s")
