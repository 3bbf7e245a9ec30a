"""Judges folders and names of files: the part of the verdict for which no file is opened."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mindgap_indexer.languages import Language, detect
from mindgap_indexer.types import SkipReason
from mindgap_indexer.workspace_rules import builtin
from mindgap_indexer.workspace_rules.ignore import (
    GIT_IGNORE,
    OWN_IGNORE,
    Fold,
    Layer,
    Patterns,
    read_layers,
    verdict,
)
from mindgap_indexer.workspace_rules.repository import (
    Repository,
    find_repository,
    is_duplicate,
    open_repository,
)


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What the rules know of a folder once its entries have been listed."""

    parent: Folder | None
    path: str
    """Relative to the top of the repository around the root, with a slash at the end; empty for the top."""
    reason: SkipReason | None
    """Why the folder is left out with everything below it."""
    decisive: frozenset[str] = frozenset()
    """Those of its entries whose presence decides something."""
    own: tuple[Layer, ...] = ()
    """Excludes of the user and .mindgapignore files, strongest first."""
    git: tuple[Layer, ...] = ()
    """.gitignore files, then .git/info/exclude, then the user's global file, strongest first."""


class FolderRules:
    """Judges the folders and file names of one workspace. Paths are relative to the repository's top."""

    def __init__(self, root: Path, extra_excludes: Sequence[str]) -> None:
        self.root = root
        self.repository = find_repository(root)
        self._top = self.repository.top if self.repository else root
        self.prefix = "" if self._top == root else root.relative_to(self._top).as_posix() + "/"
        """Path of the root."""
        self._base = str(self._top).rstrip(os.sep) + os.sep
        self._fold: Fold = _folded if _ignores_case(root) else str
        depth = len(self._fold(self.prefix))
        self._extra: tuple[Layer, ...] = (
            (Layer(Patterns(extra_excludes, self._fold), depth),) if extra_excludes else ()
        )

    def absolute(self, path: str) -> str:
        """The path as the operating system wants it."""
        return self._base + path

    def outer_ignore_files(self) -> list[str]:
        """The ignore files above the root and the repository's own, whether they exist or not."""
        files = [
            self.absolute(folder + name) for folder in self._above() for name in (GIT_IGNORE, OWN_IGNORE)
        ]
        return [*files, str(self.repository.exclude_file)] if self.repository else files

    def enter_root(self, names: frozenset[str]) -> Folder:
        """The root, given the decisive names in it. The user asked for it: it is never left out."""
        own = self._extra
        git = self._repository_layers(self.repository, "")
        own_above: tuple[Layer, ...] = ()
        git_above = git
        for folder in self._above():
            own_above = self._read(folder, OWN_IGNORE) + own_above
            git_above = self._read(folder, GIT_IGNORE) + git_above
        if not self._leave_out_root(own_above, git_above):
            own, git = own + own_above, git_above
        return self._with_own_files(None, self.prefix, names, own, git)

    def enter(self, parent: Folder, name: str, names: frozenset[str]) -> Folder:
        """A folder that judge_folder let in, given the decisive names in it."""
        path = f"{parent.path}{name}/"
        git = parent.git
        if ".git" in names and (nested := open_repository(Path(self.absolute(path)))):
            if is_duplicate(nested, self.root, self.repository):
                return Folder(parent, path, SkipReason.NESTED, names)
            # As for git, the rules of the repository around end where another one begins.
            git = self._repository_layers(nested, path)
        if builtin.is_marked(name, names) and not self.is_wanted(parent, name, True):
            return Folder(parent, path, SkipReason.BUILTIN, names)
        return self._with_own_files(parent, path, names, parent.own, git)

    def judge_folder(self, parent: Folder, name: str) -> SkipReason | None:
        """What name and surroundings say of a folder, before its entries are listed."""
        if not _is_text(name):
            return SkipReason.UNREADABLE
        if name in builtin.VERSION_CONTROL:
            return SkipReason.BUILTIN
        path, folded = self._fold(parent.path + name), self._fold(name)
        left_out = verdict(parent.own, path, folded, True)
        if left_out is None:
            if builtin.is_left_out(name, parent.decisive):
                return SkipReason.BUILTIN
            left_out = verdict(parent.git, path, folded, True)
        return SkipReason.IGNORED if left_out else None

    def judge_file(self, folder: Folder, name: str) -> Language | SkipReason | None:
        """What the name says of a file; None: only its first line can tell the language."""
        if not _is_text(name):
            return SkipReason.UNREADABLE
        if builtin.is_secret(name):
            return SkipReason.SECRET
        path, folded = self._fold(folder.path + name), self._fold(name)
        left_out = verdict(folder.own, path, folded, False)
        if left_out is None and (reason := builtin.judge_file_name(name)):
            return reason
        language = detect(name)
        if language is None and "." in name:
            return SkipReason.LANGUAGE
        if left_out is None:
            left_out = verdict(folder.git, path, folded, False)
        return SkipReason.IGNORED if left_out else language

    def is_wanted(self, folder: Folder, name: str, is_folder: bool) -> bool:
        """A `!` line of the user brings this entry back."""
        return verdict(folder.own, self._fold(folder.path + name), self._fold(name), is_folder) is False

    def _above(self) -> list[str]:
        """The folders from the repository's top down to the one that holds the root."""
        parts = self.prefix.split("/")[:-1]
        return ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts))]

    def _leave_out_root(self, own: Sequence[Layer], git: Sequence[Layer]) -> bool:
        """Whether the rules above the root would leave out the root, or everything in it."""
        # The last name stands for anything that might be in the root.
        parts = [*self.prefix.split("/")[:-1], "\0"]
        for depth in range(1, len(parts) + 1):
            path, name = self._fold("/".join(parts[:depth])), self._fold(parts[depth - 1])
            decided = verdict(own, path, name, True)
            if decided or (decided is None and verdict(git, path, name, True)):
                return True
        return False

    def _with_own_files(
        self,
        parent: Folder | None,
        path: str,
        names: frozenset[str],
        own: tuple[Layer, ...],
        git: tuple[Layer, ...],
    ) -> Folder:
        if OWN_IGNORE in names:
            extra = len(self._extra)
            own = own[:extra] + self._read(path, OWN_IGNORE) + own[extra:]
        if GIT_IGNORE in names:
            git = self._read(path, GIT_IGNORE) + git
        return Folder(parent, path, None, names, own, git)

    def _read(self, folder: str, name: str) -> tuple[Layer, ...]:
        # Like git, ignore files of the work tree are not followed where they are links.
        return read_layers(self.absolute(folder + name), len(self._fold(folder)), self._fold)

    def _repository_layers(self, repository: Repository | None, path: str) -> tuple[Layer, ...]:
        """The ignore files that count in a whole repository, without being part of it."""
        files = [repository.exclude_file, _global_ignore_file()] if repository else [_global_ignore_file()]
        depth = len(self._fold(path))
        return tuple(
            layer for file in files for layer in read_layers(file, depth, self._fold, follow_links=True)
        )


def _global_ignore_file() -> Path:
    """Where git looks unless core.excludesFile says otherwise."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(config, "git", "ignore")


def _is_text(name: str) -> bool:
    """The bytes of the name are UTF-8; others could not travel through JSON and back."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).lower()


def _ignores_case(folder: Path) -> bool:
    """Whether the file system takes `SRC` and `src` for the same."""
    for place in (folder, *folder.parents):
        if place.name.swapcase() != place.name:
            try:
                return place.samefile(place.with_name(place.name.swapcase()))
            except OSError:
                return False
    return False
