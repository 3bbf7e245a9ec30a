"""Decides which files of a workspace count; scanner, watcher and reader all ask here."""

from __future__ import annotations

import os
import stat
import sys
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mindgap_indexer.errors import Cancelled, WorkspaceError
from mindgap_indexer.languages import detect_by_shebang
from mindgap_indexer.types import CancelCheck, SkipReason, SourceFile
from mindgap_indexer.workspace_rules.builtin import DECISIVE
from mindgap_indexer.workspace_rules.content import HEAD_BYTES, judge_content
from mindgap_indexer.workspace_rules.folders import Folder
from mindgap_indexer.workspace_rules.ignore import GIT_IGNORE, OWN_IGNORE
from mindgap_indexer.workspace_rules.reading import is_link, read_head
from mindgap_indexer.workspace_rules.tree import Entry, FolderTree, is_folder

MAX_FILE_BYTES = 1 << 20
EXAMPLES_PER_REASON = 3

_EXCLUDE = (".git", "info", "exclude")
_SHEBANG_BYTES = 256


@dataclass(frozen=True, slots=True)
class Scan:
    """What a workspace holds."""

    files: tuple[SourceFile, ...]
    """Sorted by path. Content is judged when a file is read, see judge_content."""
    skipped: Mapping[str, int]
    """Files and folders left out per SkipReason; a folder counts once, whatever is in it."""
    examples: tuple[tuple[str, SkipReason], ...]
    """A few paths for each reason."""


@dataclass(slots=True)
class _Skipped:
    """Numbers and the first few paths by name: a workspace may hold a million files that are no source."""

    counts: Counter[str] = field(default_factory=Counter[str])
    first: dict[SkipReason, list[str]] = field(default_factory=dict[SkipReason, list[str]])

    def add(self, path: str, reason: SkipReason) -> None:
        self.counts[reason.value] += 1
        first = self.first.setdefault(reason, [])
        insort(first, path)
        del first[EXAMPLES_PER_REASON:]

    def examples(self) -> tuple[tuple[str, SkipReason], ...]:
        return tuple((path, reason) for reason, first in sorted(self.first.items()) for path in first)


def _never() -> bool:
    return False


class WorkspaceRules:
    """The one predicate of a workspace folder. Paths are relative to the root, with forward slashes.

    What it learnt of folders and ignore files is kept until scan, refresh or forget.
    """

    def __init__(
        self, root: Path, max_file_bytes: int = MAX_FILE_BYTES, extra_excludes: Sequence[str] = ()
    ) -> None:
        self.root = Path(os.path.realpath(root))
        if not os.path.isdir(self.root):
            raise WorkspaceError(f"{root} is not a folder. Check the path, or open the folder that holds it.")
        self.max_file_bytes = max_file_bytes
        self.extra_excludes = tuple(extra_excludes)
        self._tree = self._new_tree()

    def scan(self, cancelled: CancelCheck = _never) -> Scan:
        """Walk the whole workspace; files are not opened, except extension-less executables."""
        # Other threads judge with the same tree meanwhile; a refresh in between gives them a new one.
        tree = self._tree = self._new_tree()
        files: list[SourceFile] = []
        skipped = _Skipped()
        stack: list[tuple[Folder | None, str]] = [(None, "")]
        while stack:
            if cancelled():
                raise Cancelled
            parent, name = stack.pop()
            opened = tree.open(parent, name)
            if parent is None and (opened is None or opened[0].reason):
                raise WorkspaceError(
                    f"{self.root} cannot be read. Check that it is there and its permissions."
                )
            if opened is None:
                continue
            folder, entries = opened
            if folder.reason:
                skipped.add(self._relative(tree, folder.path[:-1]), folder.reason)
                continue
            for entry in entries:
                found = self._judge_entry(tree, folder, entry)
                if isinstance(found, SourceFile):
                    files.append(found)
                elif isinstance(found, SkipReason):
                    skipped.add(self._relative(tree, folder.path + entry.name), found)
                elif found:
                    stack.append((folder, entry.name))
        files.sort(key=lambda file: file.path)
        return Scan(tuple(files), dict(sorted(skipped.counts.items())), skipped.examples())

    def judge(self, path: str) -> SourceFile | SkipReason | None:
        """The full verdict on one file, a look at its head included; None if there is no file or link."""
        parts = _parts(path)
        if not parts:
            return None
        tree = self._tree
        folder = tree.find(parts[:-1])
        try:
            status = os.lstat(self._absolute(path))
            if not is_link(status) and not stat.S_ISREG(status.st_mode):
                return None
            if folder.reason or is_link(status):
                return folder.reason or SkipReason.SYMLINK
            found = self._judge_file(tree, folder, parts[-1], lambda: status)
            if isinstance(found, SkipReason):
                return found
            return self.judge_content(path, read_head(self.root, path, HEAD_BYTES)) or found
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return folder.reason or SkipReason.UNREADABLE

    def is_as_seen(self, path: str, size: int, mtime_ns: int) -> bool:
        """Whether an admitted file still has this size and time; what was said of its content then holds."""
        if self.admits_file(path) is not None:
            return False
        try:
            status = os.lstat(self._absolute(path))
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (size, mtime_ns)

    def judge_text(self, path: str, data: bytes) -> SourceFile | SkipReason:
        """The verdict on a file if this were its content; it need not be on disk (yet)."""
        if reason := self.admits_file(path):
            return reason
        tree, parts = self._tree, path.split("/")
        language = tree.rules.judge_file(tree.find(parts[:-1]), parts[-1]) or detect_by_shebang(data)
        if language is None or isinstance(language, SkipReason):
            return language or SkipReason.LANGUAGE
        if len(data) > self.max_file_bytes:
            return SkipReason.TOO_LARGE
        if not data:
            return SkipReason.EMPTY
        return self.judge_content(path, data) or SourceFile(path, len(data), 0, language.name)

    def judge_content(self, path: str, data: bytes) -> SkipReason | None:
        """The verdict on the content of an admitted file; only its head is looked at.

        A file that the user brought back with a `!` line may be generated or minified.
        """
        reason = judge_content(data)
        if reason in {SkipReason.GENERATED, SkipReason.MINIFIED} and (parts := _parts(path)):
            tree = self._tree
            if tree.rules.is_wanted(tree.find(parts[:-1]), parts[-1], False):
                return None
        return reason

    def admits_folder(self, path: str) -> SkipReason | None:
        """Why a folder, or one above it, is left out; None: it counts. It need not exist (any more)."""
        parts = _parts(path)
        return SkipReason.UNREADABLE if parts is None else self._tree.find(parts).reason

    def admits_file(self, path: str) -> SkipReason | None:
        """The same for a file, as far as its path says it; the file need not exist (any more)."""
        parts = _parts(path)
        if not parts:
            return SkipReason.UNREADABLE
        tree = self._tree
        folder = tree.find(parts[:-1])
        found = folder.reason or tree.judge_file(folder, parts[-1])
        return found if isinstance(found, SkipReason) else None

    def folders(self, below: str = "") -> Iterator[str]:
        """Every folder that counts, the given one first.

        The content of a folder is listed after its path was given, so that a caller who starts to watch it
        at that moment misses nothing.
        """
        parts = _parts(below)
        if parts is None or not os.path.isdir(self._absolute(below)):
            return
        tree = self._tree
        start = tree.find(parts)
        stack = [] if start.reason else [start]
        while stack:
            folder = stack.pop()
            yield self._relative(tree, folder.path[:-1])
            stack.extend(tree.subfolders(folder))

    def changed_rules(self, path: str) -> bool:
        """Whether, this path having changed, the rules must be refreshed and the workspace scanned again."""
        parts = _parts(path)
        if not parts:
            return False
        if tuple(parts[-3:]) == _EXCLUDE:
            return not self._tree.find(parts[:-3]).reason
        return parts[-1] in DECISIVE and self._changed_folder(parts[:-1], parts[-1])

    def _changed_folder(self, parts: list[str], name: str) -> bool:
        """Whether a folder must be judged anew because this decisive entry of it changed."""
        tree = self._tree
        folder = tree.find(parts)
        if folder.path != tree.rules.prefix + "".join(f"{part}/" for part in parts):
            return False
        if name in {GIT_IGNORE, OWN_IGNORE}:
            return not folder.reason
        # Of the others only the presence counts, and in a folder that is left out only one that made it so.
        is_there = os.path.lexists(tree.rules.absolute(folder.path + name))
        return is_there != (name in folder.decisive) and not (folder.reason and is_there)

    def outer_ignore_files(self) -> list[str]:
        """Absolute paths of ignore files that count and stand in no folder of the workspace, there or not."""
        return self._tree.rules.outer_ignore_files()

    def git_folder(self) -> Path | None:
        """Where git keeps HEAD and index of the work tree around the root."""
        repository = self._tree.rules.repository
        return repository.git_dir if repository else None

    def refresh(self) -> None:
        """Forget all ignore files and folders."""
        self._tree = self._new_tree()

    def forget(self, path: str) -> None:
        """Forget one folder that was created, removed or replaced."""
        if parts := _parts(path):
            self._tree.forget(parts)

    def read(self, path: str) -> bytes:
        """The bytes of an admitted file; never of one outside the root, left out, or behind a link."""
        if not _parts(path):
            raise WorkspaceError(f"{path} is no file below {self.root}; only those can be read.")
        if reason := self.admits_file(path):
            raise WorkspaceError(f"{path} is left out of the index ({reason.value}) and therefore not read.")
        try:
            data = read_head(self.root, path, self.max_file_bytes + 1)
        except OSError as error:
            why = error.strerror or str(error)
            raise WorkspaceError(
                f"{path} cannot be read ({why}). Check that it is there and its permissions."
            ) from error
        if len(data) > self.max_file_bytes:
            raise WorkspaceError(
                f"{path} has more than {self.max_file_bytes} bytes; files of this size are left out."
            )
        return data

    def _new_tree(self) -> FolderTree:
        return FolderTree(self.root, self.extra_excludes)

    def _absolute(self, path: str) -> str:
        return os.path.join(self.root, path)

    def _relative(self, tree: FolderTree, path: str) -> str:
        return path[len(tree.rules.prefix) :]

    def _judge_entry(self, tree: FolderTree, folder: Folder, entry: Entry) -> SourceFile | SkipReason | bool:
        """True: a folder to look into; False: nothing that could be source (a pipe, a socket, gone)."""
        try:
            if is_folder(entry):
                return tree.rules.judge_folder(folder, entry.name) or True
            if entry.is_file(follow_symlinks=False):
                return self._judge_file(tree, folder, entry.name, lambda: entry.stat(follow_symlinks=False))
            if entry.is_symlink() or is_link(entry.stat(follow_symlinks=False)):
                return SkipReason.SYMLINK
        except FileNotFoundError:
            return False
        except OSError:
            return SkipReason.UNREADABLE
        return False

    def _judge_file(
        self, tree: FolderTree, folder: Folder, name: str, lstat: Callable[[], os.stat_result]
    ) -> SourceFile | SkipReason:
        language = tree.rules.judge_file(folder, name)
        if isinstance(language, SkipReason):
            return language
        status = lstat()
        if status.st_size > self.max_file_bytes:
            return SkipReason.TOO_LARGE
        if status.st_size == 0:
            return SkipReason.EMPTY
        path = self._relative(tree, folder.path + name)
        if language is None and (sys.platform == "win32" or status.st_mode & 0o111):
            language = detect_by_shebang(read_head(self.root, path, _SHEBANG_BYTES))
        if language is None:
            return SkipReason.LANGUAGE
        return SourceFile(path, status.st_size, status.st_mtime_ns, language.name)


def _parts(path: str) -> list[str] | None:
    """The components of a path below the root, none for the root itself; None: it leads elsewhere."""
    if path in {"", "."}:
        return []
    parts = path.removesuffix("/").split("/")
    foreign = "\0" in path or (sys.platform == "win32" and ("\\" in path or ":" in path))
    return None if foreign or not {"", ".", ".."}.isdisjoint(parts) else parts
