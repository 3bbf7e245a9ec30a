"""`mindgap search --queries`: many queries in one process, one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from mindgap_indexer import MindgapError, Mode, SearchResult
from mindgap_server.cli.answers import result_object

Answer = Callable[[str, Mode | None], SearchResult]
"""Answers a query; None: the mode of the command line."""


class _MalformedError(ValueError):
    """A line that is no query; the message says why."""


def answers(lines: Iterable[bytes], answer: Answer, why: bool = False) -> Iterator[dict[str, object]]:
    """For each line that is not blank its answer, or what is wrong with it under `error`."""
    for line in lines:
        if line.strip():
            yield _answered(line, answer, why)


def _answered(line: bytes, answer: Answer, why: bool) -> dict[str, object]:
    record: dict[str, Any] = {}
    result: dict[str, object]
    try:
        record = _parsed(line)
        result = result_object(answer(*_query_and_mode(record)), why)
    except (_MalformedError, MindgapError) as error:
        result = {"error": str(error)}
    known = {"id": record["id"]} if "id" in record else {}
    return known | result


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise _MalformedError(f"This line is no JSON: {error}.") from error
    if not isinstance(record, dict):
        raise _MalformedError('This line is no JSON object such as {"id": "1", "query": "parse a date"}.')
    return cast("dict[str, Any]", record)


def _finite(text: str) -> float:
    """A number that can be written again: Python reads and writes some that JSON does not have."""
    number = float(text)
    if not math.isfinite(number):
        raise _MalformedError(f"This line is no JSON: {text} is no number.")
    return number


def _query_and_mode(record: dict[str, Any]) -> tuple[str, Mode | None]:
    query, mode = record.get("query"), record.get("mode")
    if not isinstance(query, str):
        raise _MalformedError('This line has no text under "query".')
    if mode is None:
        return query, None
    try:
        return query, Mode(mode)
    except ValueError as error:
        raise _MalformedError(f"Unknown mode {mode!r}. Known are: {', '.join(Mode)}.") from error
