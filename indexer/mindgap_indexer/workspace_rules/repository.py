"""Finds out which git repository a folder belongs to, by reading files; git itself is never run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree and where git keeps its data."""

    top: Path
    """The folder with `.git`."""
    git_dir: Path
    """Where HEAD and the index of this work tree are."""
    common_dir: Path
    """Where the repository is; differs from git_dir in a linked work tree (`git worktree add`)."""

    @property
    def exclude_file(self) -> Path:
        """The ignore file that belongs to the repository and not to its content."""
        return self.common_dir / "info" / "exclude"

    @property
    def is_linked(self) -> bool:
        """A further work tree of a repository that has its main one elsewhere."""
        return self.git_dir != self.common_dir


def open_repository(top: Path) -> Repository | None:
    """The repository whose work tree starts in this folder."""
    mark = top / ".git"
    if os.path.isdir(mark):
        git_dir = Path(os.path.realpath(mark))
        return Repository(top, git_dir, git_dir)
    link = _read_line(mark)
    if not link.startswith("gitdir:"):
        return None
    git_dir = Path(os.path.realpath(top / link.removeprefix("gitdir:").strip()))
    common = _read_line(git_dir / "commondir")
    return Repository(top, git_dir, Path(os.path.realpath(git_dir / common)) if common else git_dir)


def find_repository(folder: Path) -> Repository | None:
    """The repository that holds this folder, however deep."""
    for top in (folder, *folder.parents):
        if repository := open_repository(top):
            return repository
    return None


def is_duplicate(nested: Repository, root: Path, around: Repository | None) -> bool:
    """Whether the files of this work tree below the root are already there in another one.

    One work tree of each repository counts: the one around the root, else the main one, else the first
    linked one by path (several linked ones beside a bare repository are a common layout).
    """
    if not nested.is_linked:
        return False
    if around and around.common_dir == nested.common_dir:
        return True
    common = nested.common_dir
    if common.name == ".git" and common.is_relative_to(root):
        return True
    linked = [
        top for top in _linked_work_trees(common) if top.is_relative_to(root) and os.path.isfile(top / ".git")
    ]
    return bool(linked) and nested.top != min(linked)


def _linked_work_trees(common_dir: Path) -> list[Path]:
    try:
        entries = list((common_dir / "worktrees").iterdir())
    except OSError:
        return []
    marks = ((entry, _read_line(entry / "gitdir")) for entry in entries)
    return [Path(os.path.realpath(entry / mark)).parent for entry, mark in marks if mark]


def _read_line(file: Path) -> str:
    """The first line of a small file of git; empty if there is none."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as stream:
            return stream.readline(4096).rstrip("\r\n")
    except OSError:
        return ""
