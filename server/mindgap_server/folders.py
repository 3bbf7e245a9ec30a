"""Workspace folders: how they are named, compared and nested."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NO_FOLDER = "No folder is open. Open a folder, so that Mindgap can index and search it."


@dataclass(frozen=True, slots=True)
class Folder:
    """A workspace folder as the client names it; links are not resolved, so that its URIs stay its own."""

    path: Path
    uri: str
    name: str


def same_path(path: str | Path) -> str:
    """A key that is equal for two spellings of one path."""
    return os.path.normcase(os.path.normpath(path))


def real_path(path: str | Path) -> Path:
    """The path without links: equal for two names of one file or folder."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:  # a name that no file can have
        return Path(path)


def innermost(path: Path, folders: Iterable[Folder]) -> Folder | None:
    """The folder that a file belongs to."""
    holding = [folder for folder in folders if is_below(path, folder.path)]
    return max(holding, key=lambda folder: len(same_path(folder.path)), default=None)


def without_nested(globs: tuple[str, ...], folder: Folder, folders: Iterable[Folder]) -> tuple[str, ...]:
    """Globs that also leave out what belongs to a folder inside this one, which answers for it."""
    inner = [
        os.path.relpath(other.path, folder.path).replace(os.sep, "/")
        for other in folders
        if is_below(other.path, folder.path)
    ]
    if not inner:
        return globs
    escaped = (re.sub(r"([\\*?\[\]!# ])", r"\\\1", path) for path in sorted(inner))
    return (*(globs or ("*",)), *(f"!/{path}/**" for path in escaped))


def within(folder: Folder, places: Iterable[Path]) -> tuple[str, ...]:
    """The places in a folder, relative to it; the folder itself, or one above it, is an empty text."""
    inside: list[str] = []
    for place in places:
        if is_below(place, folder.path):
            inside.append(os.path.relpath(place, folder.path).replace(os.sep, "/"))
        elif same_path(place) == same_path(folder.path) or is_below(folder.path, place):
            inside.append("")
    return tuple(inside)


def is_below(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, by its spelling."""
    prefix = same_path(folder).rstrip(os.sep) + os.sep
    return same_path(path).startswith(prefix)
