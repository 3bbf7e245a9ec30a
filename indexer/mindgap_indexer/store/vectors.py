"""All vectors of a tier in memory, as the search wants them: sign bits to look over, int8 to score.

sqlite-vec keeps the vectors; its own search costs a table scan per query. Here a million sign patterns are
compared in some ten milliseconds, and only the nearest few thousand are scored exactly.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from mindgap_indexer.store.database import Database
from mindgap_indexer.store.schema import PASSAGES
from mindgap_indexer.types import Float32, Tier

MIN_SHORTLIST = 1_200
SHORTLIST_SHARE = 0.005
"""So large a share of all vectors, and at least so many, is scored exactly."""
FIRST_PASS = 8
"""So many times as many are looked at more closely after a first look."""
SAMPLE = 4
WIDTH = 2.5
"""Values of a query that are so many times as large as the average one weigh most."""
BLOCK = 65_536
"""Rows compared at once: what fits into the processor's cache."""

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class VectorMatrix:
    """The vectors of one tier. `refresh` belongs to one thread at a time; searches may run meanwhile.

    Rows do not change once they are there: a search names the number of rows that its generation has.
    """

    def __init__(self, tier: Tier, dimension: int) -> None:
        self._tier = tier
        self._dimension = dimension
        self._words = -(-dimension // 64)
        self._contents = np.zeros(0, np.int64)
        self._values = np.zeros((0, dimension), np.int8)
        self._norms = np.zeros(0, np.float32)
        self._bits = np.zeros((self._words, 0), np.uint64)
        self._chunk = 0
        self._before_chunk = 0
        self.size = 0

    def refresh(self, database: Database) -> None:
        """Read the chunks of sqlite-vec's table that are new or were not full at the last time."""
        table = f"vector_{self._tier.value}"
        new: int = database.value(
            f"SELECT total(size) FROM {table}_chunks WHERE chunk_id > ?", (self._chunk,)
        )
        if new > len(self._contents) - self.size:
            self._grow(self.size + int(new))
        query = f"""SELECT chunk_id, size, validity, rowids, vectors FROM {table}_chunks
            JOIN {table}_vector_chunks00 AS data ON data.rowid = chunk_id WHERE chunk_id >= ?
            ORDER BY chunk_id"""
        for chunk, size, validity, rowids, vectors in database.each_row(query, (self._chunk,)):
            valid = np.unpackbits(np.frombuffer(validity, np.uint8), count=size, bitorder="little")
            used = np.flatnonzero(valid)
            contents = np.frombuffer(rowids, "<i8")[used] // PASSAGES
            values = np.frombuffer(vectors, np.int8).reshape(size, self._dimension)[used]
            start = self._before_chunk if chunk == self._chunk else self.size
            self._put(start, contents, values)
            self._chunk, self._before_chunk = chunk, start

    def highest_content(self, size: int) -> int:
        """The highest content id of the first rows."""
        return int(self._contents[:size].max(initial=0))

    def nearest(self, query: Float32, limit: int, allowed: Mask | None, size: int) -> dict[int, float]:
        """Content ids with the cosine of their best passage, best first, for one query (d,) of length 1.

        `allowed` says of each content id whether it may answer; None: all may.
        """
        mask = None if allowed is None else allowed[self._contents[:size]]
        shortlist = max(MIN_SHORTLIST, limit * 8, int(size * SHORTLIST_SHARE))
        rows = self._nearest_signs(query, shortlist, size, mask)
        scores = self._scores(rows, query)
        # No content has more passages than that: the best of `limit` contents are among these.
        if len(rows) > limit * PASSAGES:
            best = scores >= np.partition(scores, -limit * PASSAGES)[-limit * PASSAGES]
            rows, scores = rows[best], scores[best]
        found: dict[int, float] = {}
        last = 0.0
        for place in np.lexsort((rows, -scores)).tolist():
            # With those that are as near as the last, as in the search for words.
            if len(found) >= limit and (scores[place] < last or len(found) >= 2 * limit):
                break
            last = float(scores[place])
            found.setdefault(int(self._contents[rows[place]]), last)
        return found

    def cosines(self, contents: Iterable[int], query: Float32, size: int) -> dict[int, float]:
        """The cosine of the best passage of each of these contents, those without vectors left out."""
        own = self._contents[:size]
        wanted = np.zeros(int(own.max(initial=0)) + 1, bool)
        ids = np.fromiter(contents, np.int64)
        wanted[ids[(ids >= 0) & (ids < len(wanted))]] = True
        rows = np.flatnonzero(wanted[own])
        best: dict[int, float] = {}
        for content, score in zip(own[rows].tolist(), self._scores(rows, query).tolist(), strict=True):
            best[content] = max(score, best.get(content, -1.0))
        return best

    def _nearest_signs(self, query: Float32, count: int, size: int, mask: Mask | None) -> Rows:
        """Rows whose signs differ least from the query's: `count`, and those that differ as little.

        Where the query's value is large, a differing sign counts more, up to three times: a thousand rows
        found this way hold as many of the nearest fifty as two and a half thousand with all alike.
        """
        if mask is not None and int(mask.sum()) <= count:
            return np.flatnonzero(mask)
        if size <= count:
            return np.arange(size)
        signs, ones, twos = _weighed_signs(query, self._words)
        # First by the large values alone: what differs in these is looked at no further.
        distances = np.zeros(size, np.uint16)
        for start in range(0, size, BLOCK):
            block = distances[start : start + BLOCK]
            for bits, sign, two in zip(self._bits, signs, twos, strict=True):
                block += np.bitwise_count((bits[start : start + len(block)] ^ sign) & two)
        if mask is not None:
            distances[~mask] = self._dimension + 1
        # Every fourth row tells well enough how far that is.
        furthest = _up_to(distances[::SAMPLE], FIRST_PASS * count // SAMPLE, self._dimension)
        rows = np.flatnonzero(distances <= furthest)
        distances = 2 * distances[rows]
        for bits, sign, one in zip(self._bits, signs, ones, strict=True):
            distances += np.bitwise_count((bits[rows] ^ sign) & one)
        return rows[distances <= _up_to(distances, count, 3 * self._dimension)]

    def _scores(self, rows: Rows, query: Float32) -> Float32:
        scores: Float32 = (self._values[rows].astype(np.float32) @ query) / self._norms[rows]
        return scores

    def _put(self, start: int, contents: Rows, values: npt.NDArray[np.int8]) -> None:
        stop = start + len(contents)
        if stop > len(self._contents):
            self._grow(max(stop, len(self._contents) * 3 // 2))
        self._contents[start:stop] = contents
        self._values[start:stop] = values
        floats = values.astype(np.float32)
        self._norms[start:stop] = np.maximum(np.sqrt(np.einsum("ij,ij->i", floats, floats)), 1e-6)
        self._bits[:, start:stop] = _sign_words(values, self._words).T
        self.size = stop

    def _grow(self, capacity: int) -> None:
        size = self.size
        contents = np.zeros(capacity, np.int64)
        values = np.zeros((capacity, self._dimension), np.int8)
        norms = np.zeros(capacity, np.float32)
        bits = np.zeros((self._words, capacity), np.uint64)
        contents[:size], values[:size] = self._contents[:size], self._values[:size]
        norms[:size], bits[:, :size] = self._norms[:size], self._bits[:, :size]
        # Only whole arrays become visible: a search may be reading.
        self._contents, self._values, self._norms, self._bits = contents, values, norms, bits


def _sign_words(values: npt.NDArray[np.int8 | np.uint8] | Float32, words: int) -> npt.NDArray[np.uint64]:
    """The signs of rows (n, d) as bits (n, words)."""
    packed = np.packbits(values > 0, axis=1)
    padded = np.zeros((len(values), words * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def _up_to(distances: npt.NDArray[np.uint16], count: int, furthest: int) -> int:
    """The distance up to which `count` rows are, or a few more; at most `furthest`."""
    so_far = np.cumsum(np.bincount(distances))
    return min(int(np.searchsorted(so_far, count)), furthest)


def _weighed_signs(
    query: Float32, words: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The signs of a query (d,) as bits, and the weights 0 to 3 of its values in two planes of bits."""
    sizes = np.abs(query)
    weights = np.minimum(np.rint(sizes * (3 / max(WIDTH * float(sizes.mean()), 1e-9))), 3).astype(np.uint8)
    signs, ones, twos = (_sign_words(row[np.newaxis], words)[0] for row in (query, weights & 1, weights & 2))
    return signs, ones, twos
