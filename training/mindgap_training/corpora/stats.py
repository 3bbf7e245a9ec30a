"""Counting what a corpus consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.words import words
from mindgap_training.corpora.dedupe import find_duplicates
from mindgap_training.pairs import Pair, UnitPair


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """What a corpus consists of. Lengths are in words: 10 %, half and 90 % of the texts are no longer."""

    pairs: int
    groups: int
    languages: Mapping[str, int]
    kinds: Mapping[str, int]
    """Of the units, where the pairs tell of units."""
    sources: Mapping[str, int]
    splits: Mapping[str, int]
    query_words: tuple[int, int, int]
    code_words: tuple[int, int, int]
    shared_words: float
    """Mean part of a query's distinct words that its code contains: how far a lexical search gets."""
    exact_duplicates: int
    near_duplicates: int


def summarise(pairs: Sequence[Pair], *, has_duplicates: bool = True) -> CorpusStats:
    """Count pairs. To look for duplicates takes most of the time: not needed where they are gone already."""
    queries = [words(pair.query) for pair in pairs]
    codes = [words(pair.code) for pair in pairs]
    shared = [
        len(set(query) & set(code)) / len(set(query))
        for query, code in zip(queries, codes, strict=True)
        if query
    ]
    duplicates = find_duplicates(pairs if has_duplicates else ())
    return CorpusStats(
        pairs=len(pairs),
        groups=len({pair.group or pair.code for pair in pairs}),
        languages=_count(pair.language for pair in pairs),
        kinds=_count(pair.kind for pair in pairs if isinstance(pair, UnitPair)),
        sources=_count(pair.source for pair in pairs),
        splits=_count(pair.split for pair in pairs),
        query_words=_percentiles(queries),
        code_words=_percentiles(codes),
        shared_words=float(np.mean(shared)) if shared else 0.0,
        exact_duplicates=duplicates.exact,
        near_duplicates=duplicates.near,
    )


def _count(values: Iterable[str]) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _percentiles(texts: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    lengths = [len(text) for text in texts] or [0]
    low, middle, high = np.percentile(lengths, (10, 50, 90))
    return round(low), round(middle), round(high)
