"""Rows of public sets as a folder of source files, so that the whole product answers about them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.quality.types import Places, SkippedError
from mindgap_indexer.languages import by_name

# What makes a piece of code a file of its language.
_OPENINGS = {"php": "<?php\n"}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code that becomes a file of its own."""

    code: str
    language: str


def data_folder(places: Places) -> Path:
    """The folder of the public sets. Raises SkippedError when it is not there."""
    if places.data is None:
        raise SkippedError("Say where the public sets are: --data FOLDER (make quality DATA=FOLDER).")
    if not places.data.is_dir():
        raise SkippedError(f"There is no folder {places.data}.")
    return places.data


def write_snippets(folder: Path, snippets: Sequence[Snippet]) -> list[str]:
    """The path of each snippet below the folder, which holds exactly these afterwards.

    Paths say nothing about what the code does. Unchanged files stay, so that their index stays too.
    """
    paths = [_path(number, snippet.language) for number, snippet in enumerate(snippets)]
    write_files(folder, dict(zip(paths, map(_as_file, snippets), strict=True)))
    return paths


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder hold exactly these files; nothing is touched when it already does."""
    digest = _digest(files)
    # Beside the folder: inside, it would be indexed.
    stamp = folder.with_name(f"{folder.name}.sha256")
    if stamp.is_file() and stamp.read_text() == digest and folder.is_dir():
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    stamp.write_text(digest)


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{path}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _as_file(snippet: Snippet) -> bytes:
    return f"{_OPENINGS.get(snippet.language, '')}{snippet.code}\n".encode("utf-8", "replace")


def _path(number: int, language: str) -> str:
    return f"{number // 1_000}/{number:05}{_extension(language)}"


@cache
def _extension(language: str) -> str:
    return by_name(language).extensions[0]
