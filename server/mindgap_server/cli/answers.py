"""Search results as JSON objects."""

from __future__ import annotations

from dataclasses import asdict

from mindgap_indexer import Hit, SearchResult

_HIT_FIELDS = (
    "rank",
    "path",
    "start_line",
    "end_line",
    "name",
    "qualname",
    "kind",
    "language",
    "score",
    "confidence",
)


def result_object(result: SearchResult, why: bool = False) -> dict[str, object]:
    """A result for programs; `why` adds what each ranking feature contributed."""
    return {
        "query": result.query,
        "mode": result.mode,
        "abstained": result.abstained,
        "elapsed_ms": round(result.elapsed_ms, 2),
        "hits": [_hit_object(hit, why) for hit in result.hits],
    }


def _hit_object(hit: Hit, why: bool) -> dict[str, object]:
    everything = asdict(hit)
    return {name: everything[name] for name in (*_HIT_FIELDS, *(("features",) if why else ()))}
