"""The shape of code and of pseudocode: which constructs occur and how often, whatever things are called.

Who writes pseudocode does not know the names in the code, but knows that there is a loop in a loop, an early
return, a swap. Constructs are counted by patterns that hold in most languages, in code and in the words of
pseudocode alike, and compared as counts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.memory import forgets
from mindgap_indexer.types import Float32

MAX_CHARS = 6_000
"""Of a giant body, only the beginning is looked at."""


@dataclass(frozen=True, slots=True)
class Construct:
    """Something that code does, as a token of code writes it and as people say it."""

    name: str
    in_code: re.Pattern[str]
    """Matches a whole token: a word, a word with the bracket that follows it, or a run of signs."""
    in_words: re.Pattern[str]


def _construct(name: str, in_code: str, in_words: str) -> Construct:
    return Construct(name, re.compile(in_code), re.compile(in_words, re.IGNORECASE))


CONSTRUCTS = (
    _construct(
        "loop",
        r"for|foreach|forEach|while|until|loop|repeat|forM_?|mapM_?|fold[lr]?|map|filter|each\w*|times|iter"
        r"|flatMap|reduce",
        r"\b(?:for|foreach|each|every|while|until|loop|repeat|walk|all|go through|over)\b",
    ),
    _construct(
        "branch",
        r"if|elif|elsif|elseif|unless|switch|case|match|when|guard|cond|\?",
        r"\b(?:if|when|unless|case|whether|is|missing|not)\b|->|\?",
    ),
    _construct("otherwise", r"else|otherwise|default", r"\b(?:else|otherwise|default|fallback)\b"),
    _construct("return", r"return", r"\b(?:return|give|answer|yes|no|result|done)\b|->"),
    _construct(
        "failure",
        r"raise|throws?|panic\w*|[Ee]rror\w*|fail\w*|abort|die|\w*Exception",
        r"\b(?:raise|throw|error|fails?|complain|abort|panic|exception|invalid)\b",
    ),
    _construct(
        "rescue",
        r"try|catch|except|rescue|recover|finally|ensure|defer",
        r"\b(?:try|catch|except|finally|in any case|always|on error)\b",
    ),
    _construct("hand over", r"yield|await|async|emit|send", r"\b(?:yield|await|wait|async|emit|send)\b"),
    _construct(
        "jump",
        r"break|continue|next|last|redo|goto",
        r"\b(?:break|continue|skip|stop|leave|next)\b",
    ),
    _construct(
        "update",
        r"(?:[-+*/|&^]|<<|>>)=|[^\w\s]*(?:\+\+|--)[^\w\s]*",
        r"[-+*/|&^]=|\+\+|\b(?:increment|add|plus|increase|decrease|minus|accumulate|count)\b",
    ),
    _construct(
        "comparison",
        r"[<>]=?|[!=]==?",
        r"[<>]=?|[!=]?=|\b(?:equals?|same|less|more|greater|smaller|larger|below|above|exceeds|at least"
        r"|at most)\b",
    ),
    _construct("index", r"\w+\[", r"\w\[|\b(?:position|index|first|last|slot)\b"),
    _construct(
        "nothing",
        r"None|null|nil|undefined|NULL|nullptr|Nothing",
        r"\b(?:none|null|nil|nothing|missing|empty|absent|unset)\b",
    ),
    _construct("truth", r"[Tt]rue|[Ff]alse|TRUE|FALSE", r"\b(?:true|false|yes|no|flag)\b"),
    _construct("bits", r"<<|>>|&|\||\^|0x\w+", r"<<|>>|[&|^]|\b(?:bits?|mask|xor|hex)\b"),
    _construct("arithmetic", r"[*/%]", r"[*/%]|\b(?:times|divided|multiply|half|double|modulo|ratio)\b"),
    _construct(
        "size",
        r"len|[Ll]ength|size|[Cc]ount",
        r"\b(?:length|size|number of|count|how many|longer)\b",
    ),
    _construct(
        "putting",
        r"[Aa]ppend|push\w*|[Aa]dd|insert|[Pp]ut|enqueue|set|store|write",
        r"\b(?:append|push|add|insert|put|store|remember|collect|write|set|keep)\b",
    ),
    _construct(
        "taking",
        r"pop|remove\w*|delete|del|shift|drop|erase|discard|clear|free",
        r"\b(?:pop|remove|delete|take|drop|erase|discard|clear|free|forget)\b",
    ),
    _construct(
        "extreme",
        r"[Mm]in|[Mm]ax|abs|clamp|floor|ceil|round|sqrt|sin|cos",
        r"\b(?:min|max|minimum|maximum|smallest|largest|abs|clamp|round|floor|root|sin|cos)\b",
    ),
    _construct("lock", r"\w*(?:[Ll]ock|[Mm]utex)\w*", r"\b(?:lock|unlock|mutex|exclusive)\b"),
)
_TOKEN = re.compile(r"\w+\[?|[^\w\s]+")
_ANY_CONSTRUCT = re.compile("|".join(rf"(?:{construct.in_code.pattern})\[?" for construct in CONSTRUCTS))
_INDENTATION = re.compile(r"^[^\S\n]*(?=\S)", re.MULTILINE)
_RECURSION = re.compile(r"recurs|itself")

SIZE = len(CONSTRUCTS) + 3
"""Numbers of a shape: the constructs, then calls of itself, levels of indentation, lines."""
MAX_KNOWN = 16_384
"""Tokens of which it is remembered what they are."""
STEPS = 24
"""Shapes are kept in steps of 1 / STEPS of log(1 + count)."""
_STEPS = [min(round(STEPS * math.log1p(count)), 255) for count in range(MAX_CHARS + 2)]


def shape_of_code(name: str, body: str) -> bytes:
    """The shape of a unit, SIZE bytes."""
    text = body[:MAX_CHARS]
    tokens = Counter(_TOKEN.findall(text))
    counts = [0] * len(CONSTRUCTS)
    for places, count in zip(map(_constructs.__getitem__, tokens), tokens.values(), strict=True):
        for place in places:
            counts[place] += count
    return bytes([_STEPS[count] for count in (*counts, tokens.get(name, 0), *_layout(text))])


def shape_of_words(text: str) -> Float32:
    """The shape of pseudocode, log(1 + count), (SIZE,)."""
    counts = [sum(1 for _ in construct.in_words.finditer(text)) for construct in CONSTRUCTS]
    numbers = [*counts, len(_RECURSION.findall(text)), *_layout(text)]
    return np.log1p(numbers).astype(np.float32)


def shapes(stored: Sequence[bytes]) -> Float32:
    """What `shape_of_code` made, as log(1 + count), (n, SIZE)."""
    rows = np.frombuffer(b"".join(stored), np.uint8).reshape(len(stored), SIZE)
    return rows.astype(np.float32) / np.float32(STEPS)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much the shapes of n candidates are like that of the question, (n,) each, 0 to 1."""

    overlap: Float32
    """Shared share of both shapes (weighted Jaccard)."""
    covered: Float32
    """Share of the question's constructs that the code has, as often."""
    present: Float32
    """Share of the question's constructs that the code has at all."""
    direction: Float32
    """Cosine of the counts."""
    length: Float32
    """How alike the numbers of lines are."""
    gist: Float32
    """Cosine of what they do step by step, see gist.py; may be below 0."""

    @classmethod
    def nothing(cls, n: int) -> Likeness:
        """Of a question that says nothing about shape."""
        zeros = np.zeros(n, np.float32)
        return cls(zeros, zeros, zeros, zeros, zeros, zeros)


def compare(code: Float32, asked: Float32, gist: Float32) -> Likeness:
    """Compare candidates' shapes (n, SIZE) with a question's (SIZE,); of their gists it is known (n,)."""
    kinds, wanted = code[:, : len(CONSTRUCTS)], asked[: len(CONSTRUCTS)]
    shared = np.minimum(code, asked).sum(axis=1) / np.maximum(np.maximum(code, asked).sum(axis=1), 1e-6)
    covered = np.minimum(kinds, wanted).sum(axis=1) / max(float(wanted.sum()), 1e-6)
    present = ((kinds > 0) & (wanted > 0)).sum(axis=1) / max(int((wanted > 0).sum()), 1)
    lengths = np.linalg.norm(kinds, axis=1) * np.linalg.norm(wanted)
    return Likeness(
        overlap=shared,
        covered=covered,
        present=present.astype(np.float32),
        direction=kinds @ wanted / np.maximum(lengths, 1e-6),
        length=np.exp(-np.abs(code[:, -1] - asked[-1])),
        gist=gist,
    )


class _Constructs(dict[str, tuple[int, ...]]):
    """Places in CONSTRUCTS of what a token of code is; a bracket behind a word does not hide the word."""

    def __missing__(self, token: str) -> tuple[int, ...]:
        if len(self) >= MAX_KNOWN:
            self.clear()
        found = self[token] = self._look_up(token)
        return found

    @staticmethod
    def _look_up(token: str) -> tuple[int, ...]:
        if not _ANY_CONSTRUCT.fullmatch(token):  # most are none: twenty patterns the less
            return ()
        forms = {token, token.removesuffix("[")}
        return tuple(
            place
            for place, construct in enumerate(CONSTRUCTS)
            if any(construct.in_code.fullmatch(form) for form in forms)
        )


_constructs = _Constructs()
forgets(_constructs.clear)


def _layout(text: str) -> tuple[int, int]:
    """Levels of indentation and lines that are not blank."""
    indentations = _INDENTATION.findall(text)
    return len(set(indentations)), len(indentations)
