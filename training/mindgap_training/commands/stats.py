"""`mindgap train stats`: what a file of pairs consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mindgap_training.corpora import read_pairs, summarise
from mindgap_training.corpora.stats import CorpusStats

_MOST = 30
"""Lines of one list: a corpus of hundreds of packages is told by its largest."""


def stats(source: Path, duplicates: bool = False) -> None:
    """Count the pairs of a file (.jsonl or .jsonl.gz) by language, kind, split and package.

    --duplicates also counts equal and nearly equal pairs, which takes about a millisecond a pair.
    """
    print("\n".join(_lines(summarise(read_pairs(source), has_duplicates=duplicates), duplicates)))


def _lines(found: CorpusStats, duplicates: bool) -> Iterator[str]:
    yield f"{found.pairs:,} pairs in {found.groups:,} groups"
    if duplicates:
        yield f"{found.exact_duplicates:,} equal and {found.near_duplicates:,} nearly equal to an earlier one"
    yield f"words of the query: {_percentiles(found.query_words)}"
    yield f"words of the code: {_percentiles(found.code_words)}"
    yield f"words of the query that the code contains: {found.shared_words:.0%}"
    for title, counts in (
        ("language", found.languages),
        ("kind", found.kinds),
        ("split", found.splits),
        ("source", found.sources),
    ):
        yield from _table(title, counts)


def _percentiles(words: tuple[int, int, int]) -> str:
    return f"{words[0]} to {words[2]} in the middle 80 %, half have no more than {words[1]}"


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        return
    yield f"\n{title:40}    pairs"
    yield from (f"{name or '-':40} {count:8,}" for name, count in list(counts.items())[:_MOST])
    if len(counts) > _MOST:
        yield f"{f'{len(counts) - _MOST} more':40} {sum(list(counts.values())[_MOST:]):8,}"
