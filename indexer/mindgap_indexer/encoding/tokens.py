"""The sub-words of a unit one by one: what late interaction compares with those of a question.

A vector of a whole unit blurs; here every word of a question looks for the word of the unit that is most
similar to it. Reference: O. Khattab and M. Zaharia, ColBERT, 2020; static vectors make it cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.bags import BagMaker, add_up
from mindgap_indexer.encoding.static_model import StaticTable
from mindgap_indexer.encoding.token_heads import TokenHeads
from mindgap_indexer.types import Float32

MAX_TOKENS = 112
"""Of a unit, the distinct sub-words that weigh most: 4 bytes each in the store."""
BODY_CHARS = 8_000
"""A body's words beyond this are not looked at."""

TOKEN = np.dtype([("id", "<u2"), ("fields", "u1"), ("weight", "u1")])
"""A sub-word of a unit: its id, the Fields it stands in, and its weight in steps of 1 / WEIGHT_STEPS
of log2(1 + weight)."""
WEIGHT_STEPS = 32

Tokens = npt.NDArray[np.void]
"""Rows of TOKEN."""


class Field(IntFlag):
    """Where in a unit a sub-word stands."""

    NAME = 1
    SCOPES = 2
    SIGNATURE = 4
    SUMMARY = 8
    DOC = 16
    BODY = 32


@dataclass(frozen=True, slots=True)
class _Weighing:
    """A field's weight, how much its length counts (b of BM25F), and its usual length in sub-words."""

    weight: float
    length_share: float
    usual_length: float


_WEIGHING = {
    Field.NAME: _Weighing(6.0, 0.3, 2.5),
    Field.SCOPES: _Weighing(2.0, 0.3, 4.0),
    Field.SIGNATURE: _Weighing(2.0, 0.5, 8.0),
    Field.SUMMARY: _Weighing(4.0, 0.4, 8.0),
    Field.DOC: _Weighing(1.5, 0.5, 12.0),
    Field.BODY: _Weighing(1.0, 0.6, 40.0),
}


_WEIGHTS = np.ones((max(_WEIGHING) + 1, 3))
"""The same by the number of the field."""
for _field, _how in _WEIGHING.items():
    _WEIGHTS[_field] = _how.weight, _how.length_share, _how.usual_length


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """The distinct sub-words of a question."""

    ids: npt.NDArray[np.int64]
    """(j,)"""
    words: tuple[str, ...]
    """The word that each stands in."""
    vectors: Float32
    """(j, d): turned so that their product with a row of the table is the similarity but for its length."""
    weights: Float32
    """(j,); how much the model weighs each in a question."""


class TokenSpace:
    """Sub-words of units and questions in the shared space of a static model."""

    def __init__(self, table: StaticTable, bags: BagMaker, heads: TokenHeads) -> None:
        self._rows = table.rows
        self._bags = bags
        self._heads = heads
        self._lengths = np.full(len(table.rows), np.nan, np.float32)

    @property
    def size(self) -> int:
        """Number of sub-words; their ids are below."""
        return len(self._rows)

    def pack(self, units: Sequence[Sequence[tuple[Field, str]]]) -> list[bytes]:
        """Each unit's fields as TOKEN rows, heaviest first."""
        known = self._bags.ids
        ids = [known[text[:BODY_CHARS]] for fields in units for _, text in fields]
        flags = np.array([field for fields in units for field, _ in fields], np.uint8)
        rows = [row for row, fields in enumerate(units) for _ in fields]
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        weight, length_share, usual_length = _WEIGHTS[flags].T
        crowding = 1 - length_share + length_share * lengths / usual_length
        sums = add_up(rows, ids, weight / crowding, len(units))
        if not len(sums.ids):
            return [b""] * len(units)
        tokens = np.zeros(len(sums.ids), TOKEN)
        tokens["id"] = sums.ids
        each = np.repeat(flags, lengths)
        tokens["fields"] = np.bitwise_or.reduceat(each[sums.order], sums.firsts)
        tokens["weight"] = np.minimum(np.rint(WEIGHT_STEPS * np.log2(1 + sums.values)), 255)
        owners = np.repeat(np.arange(len(units)), np.diff(sums.starts))
        # Of equal ones the first in the text comes first.
        tokens = tokens[np.lexsort((sums.order[sums.firsts], -sums.values, owners))]
        bounds = pairwise(sums.starts.tolist())
        return [tokens[start : min(end, start + MAX_TOKENS)].tobytes() for start, end in bounds]

    def query(self, words: Sequence[str]) -> QueryTokens:
        """The sub-words of a question's words."""
        found = {i: word for word in reversed(words) for i in reversed(self._bags.ids[word].tolist())}
        ids = np.fromiter(reversed(found), np.int64, len(found))
        vectors = self._heads.turn_queries(self._rows[ids].astype(np.float32))
        return QueryTokens(ids, tuple(found[i] for i in ids.tolist()), vectors, self._heads.weights[ids])

    def similarities(self, ids: npt.NDArray[np.int64], query: QueryTokens) -> Float32:
        """Cosines (n, j) of sub-words of units with those of a question; 1 where they are the same."""
        rows = self._rows[ids].astype(np.float32)
        unknown = np.isnan(self._lengths[ids])
        if unknown.any():
            projected = self._heads.map_units(rows[unknown])
            self._lengths[ids[unknown]] = np.maximum(np.linalg.norm(projected, axis=1), 1e-6)
        cosines: Float32 = (rows @ query.vectors.T) / self._lengths[ids, None]
        cosines[ids[:, None] == query.ids[None, :]] = 1.0
        return cosines


def unpack(blobs: Sequence[bytes]) -> tuple[Tokens, npt.NDArray[np.int64]]:
    """The TOKEN rows of several units, one after the other, and how many each has."""
    counts = np.fromiter((len(blob) // TOKEN.itemsize for blob in blobs), np.int64, len(blobs))
    return np.frombuffer(b"".join(blobs), TOKEN), counts


def weights_of(tokens: Tokens) -> Float32:
    """The weights that `pack` rounded, (n,)."""
    steps: Float32 = tokens["weight"].astype(np.float32)
    return np.exp2(steps / WEIGHT_STEPS) - 1
