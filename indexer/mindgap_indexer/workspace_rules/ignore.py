"""Reads ignore files and answers, as git would, whether one of their lines leaves a path out."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mindgap_indexer.workspace_rules.globs import translate

GIT_IGNORE = ".gitignore"
OWN_IGNORE = ".mindgapignore"

Fold = Callable[[str], str]
"""Brings a name into the form in which the file system compares names."""

_MAX_BYTES = 1 << 20
_MAGIC = frozenset("*?[\\")
_NONE = -1


@dataclass(slots=True)
class _Table:
    """The lines that can match one kind of entry (file or folder), by the cheapest way to find them.

    Nearly all lines of real ignore files are a name, a path or `*.suffix`: one dictionary access each,
    however many lines there are.
    """

    names: dict[str, int] = field(default_factory=dict[str, int])
    paths: dict[str, int] = field(default_factory=dict[str, int])
    endings: dict[str, list[tuple[int, str]]] = field(default_factory=dict[str, list[tuple[int, str]]])
    """`*_pb2.py` under `.py`; the last line first."""
    globs: list[tuple[int, re.Pattern[str], bool]] = field(
        default_factory=list[tuple[int, re.Pattern[str], bool]]
    )
    """Line, pattern, and whether it is about the whole path; the last line first."""

    def add(self, line: int, glob: str, whole: bool) -> None:
        ending = glob[1:]
        if _MAGIC.isdisjoint(glob):
            (self.paths if whole else self.names)[glob] = line
        elif not whole and glob[0] == "*" and "." in ending and _MAGIC.isdisjoint(ending):
            self.endings.setdefault(_suffix(ending), []).insert(0, (line, ending))
        elif regex := translate(glob):
            self.globs.insert(0, (line, re.compile(regex), whole))

    def last_match(self, path: str, name: str) -> int:
        best = max(self.names.get(name, _NONE), self.paths.get(path, _NONE))
        for line, ending in self.endings.get(_suffix(name), ()):
            if line > best and name.endswith(ending):
                best = line
                break
        for line, pattern, whole in self.globs:
            if line < best:
                break
            if pattern.fullmatch(path if whole else name):
                return line
        return best


def _suffix(name: str) -> str:
    return name[name.rfind(".") :] if "." in name else ""


class Patterns:
    """The lines of one ignore file; the last one that matches decides."""

    __slots__ = ("_excludes", "_files", "_folders")

    def __init__(self, lines: Iterable[str], fold: Fold = str) -> None:
        self._excludes: list[bool] = []
        self._files = _Table()
        self._folders = _Table()
        for number, line in enumerate(lines):
            self._add(number, fold(line))

    def _add(self, number: int, line: str) -> None:
        glob = "" if line.startswith("#") else _strip_trailing_spaces(line)
        negated = glob.startswith("!")
        self._excludes.append(not negated)
        glob = glob.removeprefix("!")
        folders_only = glob.endswith("/")
        glob = glob.removesuffix("/")
        if not glob:
            return
        whole = "/" in glob
        glob = glob.removeprefix("/")
        self._folders.add(number, glob, whole)
        if not folders_only:
            self._files.add(number, glob, whole)

    def last_match(self, path: str, name: str, is_folder: bool) -> int:
        """Number of the last line that matches the entry itself (not a folder above it), or -1."""
        return (self._folders if is_folder else self._files).last_match(path, name)

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """True: left out; False: brought back by a `!` line; None: no line is about it."""
        line = self.last_match(path, name, is_folder)
        return None if line == _NONE else self._excludes[line]

    def cover(self, path: str) -> bool:
        """Whether they name a file or a folder above it: the last line about any of these decides."""
        parts = path.split("/")
        *folders, last = (
            self.last_match("/".join(parts[:depth]), parts[depth - 1], depth < len(parts))
            for depth in range(1, len(parts) + 1)
        )
        line = max(last, *folders, _NONE)
        return line != _NONE and self._excludes[line]


def is_usable(line: str) -> bool:
    """Whether a line can match anything: it is no comment, not empty and not malformed."""
    glob = _strip_trailing_spaces(line).removeprefix("!").removesuffix("/").removeprefix("/")
    return bool(glob) and not line.startswith("#") and translate(glob) is not None


def _strip_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    escaped = backslashes % 2 == 1 and len(stripped) < len(line)
    return stripped + " " if escaped else stripped


@dataclass(frozen=True, slots=True)
class Layer:
    """The patterns of a file and the folder to which they are relative."""

    patterns: Patterns
    depth: int = 0
    """Length of that folder's path, its last slash included."""


def verdict(layers: Sequence[Layer], path: str, name: str, is_folder: bool) -> bool | None:
    """What the first layer says that says anything; layers come strongest first."""
    for layer in layers:
        decided = layer.patterns.verdict(path[layer.depth :], name, is_folder)
        if decided is not None:
            return decided
    return None


def read_layers(file: str | Path, depth: int, fold: Fold, follow_links: bool = False) -> tuple[Layer, ...]:
    """The file as one layer; none where it is missing or unreadable."""
    try:
        status = os.stat(file, follow_symlinks=follow_links)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return ()
        data = Path(file).read_bytes()
    except OSError:
        return ()
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return (Layer(Patterns(lines, fold), depth),)
