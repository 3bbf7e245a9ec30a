"""Reading and writing pairs as JSON lines, plain or gzipped."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import cast

from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair, UnitPair

Row = Mapping[str, object]
"""One line of a file: a JSON object."""

_OF_UNITS = tuple(field.name for field in fields(UnitPair) if field not in fields(Pair))


def read_pairs(
    path: Path,
    *,
    query: str = "query",
    code: str = "code",
    language: str = "language",
    group: str = "group",
    split: str = "split",
    source: str = "",
) -> list[Pair]:
    """The pairs of a file `.jsonl` or `.jsonl.gz`; the keywords name its columns.

    Only the query and the code are required. `source` names the corpus where its rows do not. Rows that
    tell of a unit, as `train mine` writes them, become a `UnitPair` each.
    """
    columns = {"query": query, "code": code, "language": language, "group": group, "split": split}
    return list(each_pair(path, source=source, **columns))


def each_pair(
    path: Path,
    *,
    query: str = "query",
    code: str = "code",
    language: str = "language",
    group: str = "group",
    split: str = "split",
    source: str = "",
) -> Iterator[Pair]:
    """What `read_pairs` reads, one after the other."""
    for line, row in read_rows(path):
        pair = Pair(
            id=optional_text(row, "id") or f"{path.name}:{line}",
            query=required_text(path, line, row, query),
            code=required_text(path, line, row, code),
            language=optional_text(row, language),
            group=optional_text(row, group),
            split=optional_text(row, split) or "train",
            source=optional_text(row, "source") or source or path.name.split(".")[0],
        )
        yield _of_unit(pair, row) if "qualname" in row else pair


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write pairs so that `read_pairs` reads them back; answers how many. Gzipped if the name ends in `.gz`.

    The file appears whole or not at all, and equal pairs make equal bytes.
    """
    unfinished = path.with_name(f"{path.name}.part")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            # Neither name nor time of writing in the header, or no two runs were equal.
            packed = gzip.GzipFile("", "wb", 6, fileobj=file, mtime=0) if path.suffix == ".gz" else file
            with io.TextIOWrapper(cast("io.BufferedWriter", packed), "utf-8", newline="\n") as stream:
                for pair in pairs:
                    stream.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
                    count += 1
        os.replace(unfinished, path)
    except OSError as error:
        raise TrainingDataError(
            f"{path} cannot be written ({error.strerror or error}). Choose another place with --out."
        ) from error
    finally:
        with suppress(OSError):  # where it could not be made, there is nothing to remove
            unfinished.unlink()
    return count


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with their line numbers; blank lines are skipped, no row at all is an error."""
    is_empty = True
    for line, text in _lines(path):
        if text.strip():
            is_empty = False
            yield line, _parse(path, line, text)
    if is_empty:
        raise TrainingDataError(f"{path} is empty. Each of its lines should be a JSON object, one per pair.")


def required_text(path: Path, line: int, row: Row, column: str) -> str:
    """The text in a column that every row must have."""
    value = row.get(column)
    if isinstance(value, str) and value.strip():
        return value
    if column not in row:
        reason = f"there is no column {column!r}, only {', '.join(map(repr, row)) or 'an empty object'}"
    elif isinstance(value, str):
        reason = f"the column {column!r} is empty"
    else:
        reason = f"the column {column!r} holds {_json_type(value)} instead of text"
    raise TrainingDataError(f"{path}, line {line}: {reason}. Correct the row or name another column.")


def optional_text(row: Row, column: str) -> str:
    """The value of a column as text; empty where there is none."""
    value = row.get(column)
    return "" if value is None else str(value)


def _of_unit(pair: Pair, row: Row) -> UnitPair:
    return UnitPair(**asdict(pair), **{column: optional_text(row, column) for column in _OF_UNITS})


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    line = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            for line, data in enumerate(stream, 1):
                yield line, data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise TrainingDataError(
            f"{path}, line {line}: it is not UTF-8 text. Save the file as UTF-8 and try again."
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TrainingDataError(
            f"{path} is no whole gzip file (readable up to line {line}). Fetch or write it again."
        ) from error
    except OSError as error:
        raise TrainingDataError(
            f"{path} cannot be read ({error.strerror or error}). Check the path."
        ) from error


def _parse(path: Path, line: int, text: str) -> Row:
    try:
        row: object = json.loads(text)
    except ValueError as error:
        raise TrainingDataError(
            f"{path}, line {line}: it is no JSON ({error}). Correct or remove this line."
        ) from error
    if not isinstance(row, dict):
        raise TrainingDataError(
            f"{path}, line {line}: it holds {_json_type(row)} instead of an object. "
            'Each line should look like {"query": "…", "code": "…"}.'
        )
    return cast("dict[str, object]", row)


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "an object" if isinstance(value, dict) else "a list"
