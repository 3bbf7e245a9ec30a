"""Leaving out pairs that say the same as an earlier one: MinHash over runs of words and signs.

Copies of a file, forks of a package and two versions of one function would otherwise be weighed twice in
training and, as negatives of each other, teach that equal things differ.

Reference: A. Broder, On the resemblance and containment of documents, 1997.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from mindgap_training.pairs import Pair

SHINGLE = 3
"""Words and signs in a row that are compared as one."""
SIMILARITY = 0.8
"""Two texts are near-duplicates when they share at least this part of their shingles (Jaccard)."""
_BANDS, _ROWS = 16, 4
"""Texts are compared when one of 16 bands of 4 minima agrees: 99.99 % of those that share 0.8."""
_MOST_COMPARED = 16
"""Of the texts in one bucket: boilerplate would be compared with all of its kind."""
_CHUNK = 4_096

# Signs count: `a < b` and `a > b` are no duplicates.
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")

UInt64 = npt.NDArray[np.uint64]


P = TypeVar("P", bound=Pair)


@dataclass(frozen=True, slots=True)
class Duplicates(Generic[P]):
    """Which pairs are left, and how many were left out as equal and as nearly equal."""

    kept: list[P]
    exact: int
    near: int


def deduplicate(pairs: Iterable[P]) -> list[P]:
    """The first of all pairs that say the same; order stays."""
    return find_duplicates(pairs).kept


def find_duplicates(pairs: Iterable[P], similarity: float = SIMILARITY) -> Duplicates[P]:
    """Tell duplicates apart: both the query and the code are the same, or nearly the same.

    One code with two questions, and one question with two answers, are no duplicates.
    """
    distinct, dropped = _without_exact(pairs)
    hasher = _Shingler()
    queries = [hasher.shingles(pair.query, 1) for pair in distinct]
    codes = [hasher.shingles(pair.code, SHINGLE) for pair in distinct]
    buckets: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    kept: list[P] = []
    for i, keys in enumerate(_bands(codes)):
        before = {j for band in enumerate(keys) for j in buckets.get(band, ())}
        if any(
            _jaccard(codes[i], codes[j]) >= similarity and _jaccard(queries[i], queries[j]) >= similarity
            for j in sorted(before)
        ):
            continue
        kept.append(distinct[i])
        for band in enumerate(keys):
            if len(buckets[band]) < _MOST_COMPARED:
                buckets[band].append(i)
    return Duplicates(kept, dropped, len(distinct) - len(kept))


def tokens(text: str) -> list[str]:
    """Words, lower-case, and signs of a text; two texts with equal ones differ in blanks and case alone."""
    return _TOKEN.findall(text.lower())


def _without_exact(pairs: Iterable[P]) -> tuple[list[P], int]:
    first: dict[tuple[str, ...], P] = {}
    count = 0
    for pair in pairs:
        count += 1
        first.setdefault((*tokens(pair.query), "\n", *tokens(pair.code)), pair)
    return list(first.values()), count - len(first)


class _Shingler:
    """Turns texts into sets of hashed runs of tokens; remembers the hash of each token."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}

    def shingles(self, text: str, size: int) -> UInt64:
        """Sorted distinct hashes of all runs of `size` tokens; of the whole text if it is shorter."""
        hashes = np.array([self._hash(word) for word in tokens(text) or [text]], np.uint64)
        size = min(size, len(hashes))
        count = len(hashes) - size + 1
        combined = np.zeros(count, np.uint64)
        for i in range(size):
            # Multiplied, the order of the tokens counts; uint64 wraps as it should.
            combined = combined * np.uint64(0x9E3779B97F4A7C15) + hashes[i : i + count]
        return np.unique(combined)

    def _hash(self, word: str) -> int:
        known = self._words.get(word)
        if known is None:
            digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known = self._words[word] = int.from_bytes(digest)
        return known


def _bands(texts: Sequence[UInt64]) -> Iterator[tuple[int, ...]]:
    """For each text (its shingles, none empty) one number per band of minima."""
    random = np.random.default_rng(0)
    # Multiplication by odd numbers and a shift of the origin permutes 64-bit integers.
    factors = random.integers(0, 2**63, _BANDS * _ROWS, np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = random.integers(0, 2**63, _BANDS * _ROWS, np.uint64)
    for at in range(0, len(texts), _CHUNK):
        chunk = texts[at : at + _CHUNK]
        starts = np.cumsum([0, *(len(text) for text in chunk[:-1])])
        together = np.concatenate(chunk)
        minima = np.stack(
            [
                np.minimum.reduceat(together * factor + offset, starts)
                for factor, offset in zip(factors, offsets, strict=True)
            ],
            axis=1,
        ).reshape(len(chunk), _BANDS, _ROWS)
        weights = factors[:_ROWS]
        for row in (minima * weights).sum(axis=2, dtype=np.uint64).tolist():
            yield tuple(row)


def _jaccard(a: UInt64, b: UInt64) -> float:
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)
