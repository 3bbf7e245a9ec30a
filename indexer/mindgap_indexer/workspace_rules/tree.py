"""Lists folders, applies the folder rules to them and remembers the outcome."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from mindgap_indexer.types import SkipReason
from mindgap_indexer.workspace_rules.builtin import DECISIVE
from mindgap_indexer.workspace_rules.folders import Folder, FolderRules
from mindgap_indexer.workspace_rules.reading import is_link

Entry = os.DirEntry[str]


class FolderTree:
    """The folders of a workspace as far as they were looked at. Safe to use from several threads."""

    def __init__(self, root: Path, extra_excludes: Sequence[str]) -> None:
        self.rules = FolderRules(root, extra_excludes)
        self.judge_file = lru_cache(maxsize=4_096)(self.rules.judge_file)
        """What the rules say of a file, remembered: every hit of every search asks."""
        self._known: dict[str, Folder] = {}

    def open(self, parent: Folder | None, name: str) -> tuple[Folder, list[Entry]] | None:
        """List a folder that judge_folder let in (without parent: the root); None if it is gone."""
        path = f"{parent.path}{name}/" if parent else self.rules.prefix
        entries: list[Entry] = []
        try:
            with os.scandir(self.rules.absolute(path)) as listing:
                entries.extend(listing)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return self._remember(Folder(parent, path, SkipReason.UNREADABLE)), []
        decisive = DECISIVE.intersection([entry.name for entry in entries])
        folder = self.rules.enter(parent, name, decisive) if parent else self.rules.enter_root(decisive)
        return self._remember(folder), entries

    def find(self, parts: Sequence[str]) -> Folder:
        """The folder at that place, or the one above it that is left out.

        Where nothing exists, the answer is what is known by the names alone.
        """
        folder = self._known.get(self.rules.prefix) or self._open_root()
        for part in parts:
            if folder.reason:
                break
            known = self._known.get(f"{folder.path}{part}/")
            # A folder that was forgotten takes with it what is remembered below it.
            folder = known if known and known.parent is folder else self._look_at(folder, part)
        return folder

    def subfolders(self, folder: Folder) -> list[Folder]:
        """The folders right below that are let in, listed anew."""
        try:
            with os.scandir(self.rules.absolute(folder.path)) as listing:
                names = [entry.name for entry in listing if is_folder(entry)]
        except OSError:
            return []
        found = (self._look_at(folder, name) for name in names)
        return [subfolder for subfolder in found if not subfolder.reason]

    def forget(self, parts: Sequence[str]) -> None:
        """Look at this folder, and at everything below it, anew when it is needed again."""
        self._known.pop(f"{self.rules.prefix}{'/'.join(parts)}/", None)

    def _open_root(self) -> Folder:
        opened = self.open(None, "")
        return opened[0] if opened else self.rules.enter_root(frozenset())

    def _look_at(self, parent: Folder, name: str) -> Folder:
        path = f"{parent.path}{name}/"
        if reason := self.rules.judge_folder(parent, name):
            return Folder(parent, path, reason)
        try:
            status = os.lstat(self.rules.absolute(path[:-1]))
        except (FileNotFoundError, NotADirectoryError):
            return self.rules.enter(parent, name, frozenset())
        except OSError:
            return Folder(parent, path, SkipReason.UNREADABLE)
        if is_link(status):
            return Folder(parent, path, SkipReason.SYMLINK)
        opened = self.open(parent, name) if stat.S_ISDIR(status.st_mode) else None
        return opened[0] if opened else self.rules.enter(parent, name, frozenset())

    def _remember(self, folder: Folder) -> Folder:
        self._known[folder.path] = folder
        return folder


def is_folder(entry: Entry) -> bool:
    """A folder that really stands here."""
    if sys.platform == "win32" and is_link(entry.stat(follow_symlinks=False)):
        return False
    return entry.is_dir(follow_symlinks=False)
