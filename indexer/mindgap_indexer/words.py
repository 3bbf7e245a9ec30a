"""Splitting identifiers and text into the lower-case words that full-text index and encoder share."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from weakref import ref

from mindgap_indexer.memory import forgets

T = TypeVar("T")

# A word is a run of letters and digits in any script; underscores and all punctuation separate.
_RUN = re.compile(r"[^\W_]+")
# Inside a run: camelCase, HTTPServer -> HTTP Server, and letters against digits.
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# The same for plain ASCII, which most code is, at a third of the time: whatever is no letter or digit …
_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}

# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese. Any two neighbours
# count as a word there, as is usual where no dictionary is at hand.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
)

MAX_WORD = 40
"""Longer runs (hashes, encoded data) carry no meaning and are dropped."""


@lru_cache(maxsize=16_384)
def split_identifier(run: str) -> tuple[str, ...]:
    """Words of one run of letters and digits: `parseHTTPHeader2` -> parse, http, header, 2."""
    if not run.isascii() and _UNSPACED.search(run):
        return tuple(word for part in _UNSPACED.split(run) for word in _of_script(part))
    if len(run) > MAX_WORD:
        return ()
    if run.islower() and run.isascii() and run.isalpha():
        return (run,)
    if run.isascii():
        return tuple(part.lower() for part in _PART.findall(run))
    return _split_any_script(run)


forgets(split_identifier.cache_clear)


def _of_script(part: str) -> tuple[str, ...]:
    """Words of a part that is of a script without spaces, or of none."""
    if not _UNSPACED.match(part):
        return split_identifier(part)
    return tuple(part[i : i + 2] for i in range(max(len(part) - 1, 1)))


def _split_any_script(run: str) -> tuple[str, ...]:
    """The same boundaries by Unicode properties, which the pattern above cannot name."""
    starts = [0]
    for i in range(1, len(run)):
        before, here, after = run[i - 1], run[i], run[i + 1 : i + 2]
        into_capital = here.isupper() and (before.islower() or (before.isupper() and after.islower()))
        if into_capital or before.isdigit() != here.isdigit():
            starts.append(i)
    return tuple(run[a:b].lower() for a, b in zip(starts, [*starts[1:], len(run)], strict=True))


def runs(text: str) -> list[str]:
    """All runs of letters and digits in order."""
    return text.translate(_SEPARATORS).split() if text.isascii() else _RUN.findall(text)


class PerText(dict[str, T]):
    """What was computed of texts, by text: full text, sketch and vector of a unit read the same ones."""

    def __init__(self, compute: Callable[[str], T], most_chars: int) -> None:
        """`most_chars` of texts are remembered."""
        super().__init__()
        self._compute = compute
        self._most_chars = most_chars
        self._chars = 0
        _remembering.append(ref(self, _remembering.remove))

    def __missing__(self, text: str) -> T:
        if self._chars > self._most_chars:
            self.forget()
        found = self[text] = self._compute(text)
        self._chars += len(text)
        return found

    def forget(self) -> None:
        """Begin anew."""
        self.clear()
        self._chars = 0


_remembering: list[ref[PerText[Any]]] = []


def forget_texts() -> None:
    """Free what is remembered of texts, once they have been worked on."""
    for memory in [found for remembered in _remembering if (found := remembered()) is not None]:
        memory.forget()


runs_of = PerText(runs, 200_000)
"""The same, remembered for a file of ordinary size; a string for each run is much memory."""


def words(text: str) -> list[str]:
    """All words of a text in order, identifiers split."""
    return [word for run in runs(text) for word in split_identifier(run)]


def compact(text: str) -> str:
    """A name in lower case without separators: `find_first`, `findFirst` and `Find First` are one."""
    return "".join(_RUN.findall(text)).lower()


def trigrams(name: str) -> tuple[str, ...]:
    """Distinct three-letter pieces of a compact name."""
    return tuple(dict.fromkeys(name[i : i + 3] for i in range(len(name) - 2)))
