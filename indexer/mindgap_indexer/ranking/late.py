"""Late interaction: every word of a question looks for the most similar word of each candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.tokens import Field, QueryTokens, TokenSpace, unpack, weights_of
from mindgap_indexer.types import Float32

SATURATION = 1.0
"""k1 of BM25: how soon more of the same word stops to count."""
FLOOR = 0.3
"""Cosines below say nothing."""
CONTEXT_SHARE = 0.5
"""A word that only the rest of a file says: it may be the subject of all, where a function tells the verb."""
POWER = 3
"""Cosines are raised to it: many half-similar words are no match."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """How well each of n candidates says what the question's words say: shares of their weight, (n,) each."""

    whole: Float32
    """In any field, weighted as BM25F weighs it."""
    context: Float32
    """The same, a word that only another candidate of the file says counting CONTEXT_SHARE as much."""
    name: Float32
    """In the name and the names around it."""
    doc: Float32
    """In the comment and signature."""
    body: Float32
    exact: Float32
    """The same sub-words in any field."""
    name_fit: Float32
    """The other way round: the share of the name's words that the question says."""

    @classmethod
    def nothing(cls, n: int) -> Interaction:
        """Of candidates whose words are not known."""
        zeros = np.zeros(n, np.float32)
        return cls(zeros, zeros, zeros, zeros, zeros, zeros, zeros)


def token_weights(query: QueryTokens, rarity: Mapping[str, float]) -> Float32:
    """How much each sub-word of a question counts, (j,): by rarity of its word here and in training.

    The sub-words of one word share its weight.
    """
    pieces = [query.words.count(word) for word in query.words]
    here = np.array([rarity.get(word, 0.0) for word in query.words], np.float32)
    weights: Float32 = (here * np.sqrt(query.weights) / np.array(pieces)).astype(np.float32)
    return weights


def interact(
    space: TokenSpace,
    query: QueryTokens,
    rarity: Mapping[str, float],
    blobs: Sequence[bytes],
    files: Sequence[int],
) -> Interaction:
    """Compare a question with candidates as TokenSpace packed them.

    `rarity` is by word of the question; `files` tells which candidates stand in one file, numbered from 0.
    """
    weights = token_weights(query, rarity)
    tokens, counts = unpack(blobs)
    if not len(tokens) or not weights.sum() > 0:
        return Interaction.nothing(len(blobs))
    weights /= weights.sum()
    ids, places = _distinct(tokens["id"], space.size)
    cosines = space.similarities(ids, query)
    # Of each distinct sub-word once: units share most of theirs.
    powers: Float32 = np.where(cosines > FLOOR, cosines, 0.0) ** POWER
    closest = powers.max(axis=1)
    named = tokens["fields"] & Field.NAME != 0
    name_fit = _mean(closest[places], named, counts)
    # Most sub-words are like none of the question's, and no maximum is theirs.
    like = (closest > 0)[places]
    tokens, places, counts = tokens[like], places[like], _kept(like, counts)
    same = (cosines == 1.0).astype(np.float32)[places]
    near = powers[places]
    frequency = weights_of(tokens)
    fields = tokens["fields"]

    def best(values: Float32, where: int) -> Float32:
        return _best(values * (fields & where != 0)[:, None].astype(np.float32), counts) @ weights

    def saturate(values: Float32) -> Float32:
        share: Float32 = (frequency * (SATURATION + 1) / (frequency + SATURATION)).astype(np.float32)
        return values * share[:, None]

    whole = _best(saturate(near), counts)
    around = _best_of_files(whole, np.asarray(files, np.int64))
    return Interaction(
        whole=whole @ weights,
        context=np.maximum(whole, CONTEXT_SHARE * around) @ weights,
        name=best(near, Field.NAME | Field.SCOPES),
        doc=best(near, Field.SUMMARY | Field.DOC | Field.SIGNATURE),
        body=best(near, Field.BODY),
        exact=_best(same, counts) @ weights,
        name_fit=name_fit,
    )


def _distinct(ids: npt.NDArray[np.uint16], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct ids below `size` in ascending order, and where each id stands among them."""
    there = np.zeros(size, bool)
    there[ids] = True
    distinct = np.flatnonzero(there)
    places = np.zeros(size, np.int64)
    places[distinct] = np.arange(len(distinct))
    return distinct, places[ids]


def _kept(chosen: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many of each candidate's rows are chosen, (n,)."""
    up_to = np.zeros(len(chosen) + 1, np.int64)
    np.cumsum(chosen, out=up_to[1:])
    ends = np.cumsum(counts)
    kept: npt.NDArray[np.int64] = up_to[ends] - up_to[ends - counts]
    return kept


def _best(values: Float32, counts: npt.NDArray[np.int64]) -> Float32:
    """The greatest of each candidate's rows, (n, j) of (tokens, j); zeros for candidates without any."""
    out = np.zeros((len(counts), values.shape[1]), np.float32)
    if not len(values):
        return out
    some = counts > 0
    starts = (np.cumsum(counts) - counts)[some]
    out[some] = np.maximum.reduceat(values, starts, axis=0)
    return out


def _best_of_files(values: Float32, files: npt.NDArray[np.int64]) -> Float32:
    """The greatest of the rows of each row's file, (n, j)."""
    order = np.argsort(files, kind="stable")
    starts = np.searchsorted(files[order], np.arange(int(files.max(initial=0)) + 1))
    best: Float32 = np.maximum.reduceat(values[order], starts, axis=0)[files]
    return best


def _mean(values: Float32, chosen: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]) -> Float32:
    """The mean of each candidate's chosen values, (n,); 0 without any."""
    owners = np.repeat(np.arange(len(counts)), counts)
    sums = np.bincount(owners[chosen], values[chosen], len(counts))
    numbers = np.bincount(owners[chosen], minlength=len(counts))
    mean: Float32 = (sums / np.maximum(numbers, 1)).astype(np.float32)
    return mean
