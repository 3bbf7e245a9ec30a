"""Names as people remember them: misspelt, re-ordered, abbreviated, in another case style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.quality.chance import draw
from mindgap_indexer.words import compact, words

_VOWELS = "aeiou"
_LONG = 5
"""Letters of a word that people shorten."""


def misspelt(name: str) -> str:
    """One letter swapped with the next, dropped, doubled or mistyped; never the first."""
    places = [i for i in range(1, len(name) - 1) if name[i].isalpha() and name[i + 1].isalpha()]
    if not places:
        return name
    i = places[draw(f"{name} place", len(places))]
    here, after = name[i], name[i + 1]
    wrong = chr(ord("a") + (ord(here.lower()) - ord("a") + 1 + draw(f"{name} letter", 24)) % 26)
    return name[:i] + (after + here, after, here + here + after, wrong + after)[draw(name, 4)] + name[i + 2 :]


def reordered(name: str) -> str:
    """The first word last, in the style of the name."""
    parts = words(name)
    return _styled([*parts[1:], *parts[:1]], snake="_" in name)


def abbreviated(name: str) -> str:
    """Long words shortened, each to its beginning or to its consonants."""
    return _styled([_short(word) for word in words(name)], snake="_" in name)


def switched(name: str) -> str:
    """Camel case as snake case and the other way round."""
    return _styled(words(name), snake="_" not in name)


DISTORTIONS: Mapping[str, Callable[[str], str]] = {
    "misspelt": misspelt,
    "re-ordered": reordered,
    "abbreviated": abbreviated,
    "switched case": switched,
}


def is_distorted(asked: str, name: str, kind: str) -> bool:
    """The distortion changed something; another style leaves the letters as they are."""
    return asked != name if kind == "switched case" else compact(asked) != compact(name)


def _short(word: str) -> str:
    if len(word) < _LONG:
        return word
    consonants = word[0] + "".join(letter for letter in word[1:] if letter not in _VOWELS)
    return (word[:3], word[:4], consonants)[draw(word, 3)]


def _styled(parts: Sequence[str], snake: bool) -> str:
    if snake:
        return "_".join(parts)
    return parts[0] + "".join(part.capitalize() for part in parts[1:])
