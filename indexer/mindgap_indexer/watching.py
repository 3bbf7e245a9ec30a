"""Watches a workspace and reports what changed, in batches that have come to rest.

Events come from the operating system and, through notify, from an editor. The workspace rules drop what does
not count; what remains is collected until nothing happened for a moment, and handed over as one batch.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Protocol, Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserverVFS

from mindgap_indexer.workspace_rules import WorkspaceRules

logger = logging.getLogger(__name__)

MAX_PATHS = 2_000
"""More changes than this are cheaper to find by scanning."""
POLL_SECONDS = 3.0
"""How often to look for changes where the operating system does not report them."""
LOCK_PATIENCE = 3
"""While git holds its index lock, a batch may wait this many times as long."""

_Report = Callable[[str, bool | None], bool]
"""Takes an absolute path and whether it is (or was) a folder, None if unknown; answers whether it counts."""


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What changed since the batch before."""

    paths: frozenset[str]
    """Files and folders, relative to the root, that may have changed, appeared or vanished."""
    rescan: bool
    """More may have changed than the paths say: scan the whole workspace."""


class Watcher:
    """Calls `on_batch` on a thread of its own whenever something that counts has changed.

    When start returns, changes are being noticed: scan after that and nothing is missed.
    """

    def __init__(
        self,
        rules: WorkspaceRules,
        on_batch: Callable[[ChangeBatch], None],
        debounce_seconds: float = 0.2,
        max_delay_seconds: float = 1.0,
    ) -> None:
        self._rules = rules
        self._on_batch = on_batch
        self._debounce = debounce_seconds
        self._max_delay = max_delay_seconds
        self._changed = threading.Condition()
        # Guarded by the condition.
        self._paths: set[str] = set()
        self._rescan = False
        self._first: float | None = None
        """When the waiting batch began; None while there is none."""
        self._last = 0.0
        self._thread: threading.Thread | None = None
        """The watcher's own; a thread that is no longer in here ends."""
        # Owned by whoever calls start and stop and, in between, by the watcher's thread.
        self._source: _Source | None = None
        self._triggers: frozenset[str] = frozenset()
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to watch; returns when all watches are in place."""
        if self._thread:
            return
        self._triggers = _triggers(self._rules)
        self._source = self._open_source()
        self._thread = threading.Thread(target=self._run, name="mindgap-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all threads; changes that were not handed over yet are dropped."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread and thread is not threading.current_thread():
            thread.join()
        source, self._source = self._source, None
        if source:
            source.stop()
        with self._changed:
            self._take()

    def notify(self, path: str) -> None:
        """Take note of a change that somebody else saw; the path is absolute or relative to the root."""
        absolute = os.path.normpath(os.path.join(self._rules.root, path))
        is_folder = os.path.isdir(absolute) and not os.path.islink(absolute)
        self._receive(absolute, is_folder if os.path.lexists(absolute) else None)

    def _receive(self, path: str, is_folder: bool | None) -> bool:
        """An event, on any thread; answers whether the path counts."""
        try:
            return self._judge_event(path, is_folder)
        except Exception:
            # An error here would end the source's thread: the index would go stale and nobody would know.
            logger.exception("A change of %s could not be judged; scanning the workspace instead.", path)
            self._note(rescan=True)
            return False

    def _judge_event(self, path: str, is_folder: bool | None) -> bool:
        relative = "" if path in self._triggers else self._relative(path)
        if relative is None:
            return False
        if not relative:
            # A file that concerns everything changed, or the root itself was removed or replaced.
            self._note(rescan=True)
            return False
        if is_folder is not False:
            self._rules.forget(relative)
        if self._rules.changed_rules(relative):
            self._note(rescan=True)
        as_folder = is_folder is not False and self._rules.admits_folder(relative) is None
        as_file = is_folder is not True and self._rules.admits_file(relative) is None
        if as_folder or as_file:
            self._note(relative)
        return as_folder or as_file

    def _relative(self, path: str) -> str | None:
        """The path relative to the root, also where it leads there through a link; None: outside."""
        root = str(self._rules.root)
        if not _is_below(path, root):
            folder, name = os.path.split(path)
            path = os.path.join(os.path.realpath(folder), name)
        return path[len(root) :].replace(os.sep, "/").lstrip("/") if _is_below(path, root) else None

    def _note(self, path: str | None = None, rescan: bool = False) -> None:
        with self._changed:
            self._last = time.monotonic()
            if path and len(self._paths) <= MAX_PATHS:
                self._paths.add(path)
            self._rescan |= rescan
            if self._first is None:
                self._first = self._last
                self._changed.notify_all()

    def _fail(self, error: OSError) -> None:
        """The source cannot watch everything any more; the watcher's thread will replace it."""
        self._failure = error
        self._note(rescan=True)

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                if batch.rescan:
                    self._renew()
                self._on_batch(batch)
            except Exception:
                logger.exception("Changes in %s could not be processed; watching goes on.", self._rules.root)

    def _next_batch(self) -> ChangeBatch | None:
        """Wait until changes have come to rest; None when the watcher stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over() or self._first is not None)
            while not self._is_over() and (seconds := self._due() - time.monotonic()) > 0:
                self._changed.wait(seconds)
            return None if self._is_over() else self._take()

    def _is_over(self) -> bool:
        return self._thread is not threading.current_thread()

    def _due(self) -> float:
        """When the waiting batch is to be handed over."""
        first = self._last if self._first is None else self._first
        due = min(self._last + self._debounce, first + self._max_delay)
        git = self._rules.git_folder()
        if git and (git / "index.lock").exists():
            # git is in the middle of a checkout, merge or rebase: more is to come.
            due = max(due, min(time.monotonic() + self._debounce, first + LOCK_PATIENCE * self._max_delay))
        return due

    def _take(self) -> ChangeBatch:
        too_many = len(self._paths) > MAX_PATHS
        batch = ChangeBatch(frozenset() if too_many else frozenset(self._paths), self._rescan or too_many)
        self._paths.clear()
        self._rescan = False
        self._first = None
        return batch

    def _renew(self) -> None:
        """Read the ignore files again and watch what counts now, before anybody scans."""
        self._rules.refresh()
        self._triggers = _triggers(self._rules)
        failure, self._failure = self._failure, None
        try:
            if failure:
                raise failure
            if self._source:
                self._source.sync()
        except OSError as error:
            if self._source:
                self._source.stop()
            self._source = self._poll(error)

    def _open_source(self) -> _Source:
        try:
            if sys.platform == "linux":
                return _InotifySource(self._rules, self._receive, self._fail)
            return _ObserverSource(Observer(), self._rules, self._receive)
        except OSError as error:
            return self._poll(error)

    def _poll(self, error: OSError) -> _Source:
        logger.warning(
            "The operating system cannot watch all folders of %s (%s); looking for changes every %g seconds "
            "instead. On Linux, raise fs.inotify.max_user_watches to avoid this.",
            self._rules.root,
            error.strerror or error,
            POLL_SECONDS,
        )
        observer = PollingObserverVFS(os.lstat, self._list_what_counts, polling_interval=POLL_SECONDS)
        return _ObserverSource(observer, self._rules, self._receive)

    def _list_what_counts(self, folder: str | None) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as listing:
            for entry in listing:
                relative = self._relative(entry.path) if entry.is_dir(follow_symlinks=False) else None
                if not relative or self._rules.admits_folder(relative) is None:
                    yield entry


def _is_below(path: str, root: str) -> bool:
    """The path is the root or below it."""
    path, root = os.path.normcase(path), os.path.normcase(root).rstrip(os.sep)
    return path.startswith(root + os.sep) or path == root


def _triggers(rules: WorkspaceRules) -> frozenset[str]:
    """Files outside the folders that count, whose change concerns everything."""
    git = rules.git_folder()
    return frozenset([*rules.outer_ignore_files(), *([str(git / "HEAD")] if git else [])])


def _trigger_folders(rules: WorkspaceRules) -> list[str]:
    return sorted({folder for file in _triggers(rules) if os.path.isdir(folder := os.path.dirname(file))})


class _Source(Protocol):
    """Where events come from."""

    def sync(self) -> None:
        """Watch exactly what counts now; OSError if that is not possible."""
        ...

    def stop(self) -> None:
        """Report nothing more and end all threads."""
        ...


class _ObserverSource(FileSystemEventHandler):
    """Watches the whole tree below the root: cheap on macOS and Windows, and the way to poll."""

    def __init__(self, observer: BaseObserver, rules: WorkspaceRules, report: _Report) -> None:
        self._observer = observer
        self._rules = rules
        self._report = report
        observer.schedule(self, str(rules.root), recursive=True)
        self.sync()
        observer.start()

    def sync(self) -> None:
        for folder in _trigger_folders(self._rules):
            self._observer.schedule(self, folder)

    def stop(self) -> None:
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in {"created", "deleted", "modified", "moved", "attrib"}:
            return
        if event.is_directory and event.event_type == "modified":
            return
        # Windows cannot tell what it was that was deleted.
        is_folder = None if event.event_type == "deleted" else event.is_directory
        for path in (event.src_path, event.dest_path):
            if path:
                self._report(os.fsdecode(path), is_folder)


if sys.platform == "linux":
    from watchdog.observers.inotify_c import (
        CallbackId,
        InotifyConstants,
        InotifyEvent,
        InotifyFD,
        Mask,
        WatchDescriptor,
    )

    # A file counts as changed when its writer closes it: not once per write, and never half written.
    _MASK = Mask(
        InotifyConstants.IN_CREATE
        | InotifyConstants.IN_DELETE
        | InotifyConstants.IN_MOVE
        | InotifyConstants.IN_CLOSE_WRITE
        | InotifyConstants.IN_ATTRIB
        | InotifyConstants.IN_DELETE_SELF
        | InotifyConstants.IN_MOVE_SELF
        | InotifyConstants.IN_DONT_FOLLOW
        | InotifyConstants.IN_ONLYDIR
    )
    _LIMITS = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENOMEM})

    class _InotifySource:
        """One watch on each folder that counts, through watchdog's access to inotify.

        Its Observer would need a thread for each of them, or one recursive watch that also covers
        node_modules; and it holds back the first half of every rename for half a second.
        """

        def __init__(self, rules: WorkspaceRules, report: _Report, fail: Callable[[OSError], None]) -> None:
            self._rules = rules
            self._report = report
            self._fail = fail
            self._lock = threading.Lock()
            self._watches: dict[str, tuple[WatchDescriptor, CallbackId]] = {}
            self._paths: dict[WatchDescriptor, str] = {}
            self._ids = count()
            self._inotify = InotifyFD()
            self._inotify.start()
            try:
                self.sync()
            except OSError:
                self.stop()
                raise

        def sync(self) -> None:
            # Folders that another thread adds meanwhile are not in here and stay.
            before = set(self._watches)
            wanted: set[str] = set()
            for folder in (*_trigger_folders(self._rules), *self._below("")):
                self._watch(folder)
                wanted.add(folder)
            for folder in before - wanted:
                self._unwatch(folder)

        def stop(self) -> None:
            self._inotify.stop()
            self._inotify.join()

        def on_event(self, event: InotifyEvent) -> None:
            """Called by watchdog, on its thread."""
            folder = self._paths.get(event.wd)
            if folder is None:
                return
            if not event.name:
                if folder == str(self._rules.root) and (event.is_delete_self or event.is_move_self):
                    self._report(folder, True)
                return
            path = os.path.join(folder, os.fsdecode(event.name))
            is_folder = bool(event.mask & InotifyConstants.IN_ISDIR)
            if is_folder and (event.is_delete or event.is_moved_from):
                self._unwatch(path, and_below=event.is_moved_from)
            if self._report(path, is_folder) and is_folder:
                self._watch_below(path)

        def _watch_below(self, path: str) -> None:
            """Watch a folder that appeared, and those in it."""
            try:
                for folder in self._below(os.path.relpath(path, self._rules.root)):
                    self._watch(folder)
            except OSError as error:
                self._fail(error)
            # Whoever lists the folder after this report misses nothing.
            self._report(path, True)

        def on_watch_deleted(self, wd: WatchDescriptor) -> None:
            """Called by watchdog when the folder is gone."""
            with self._lock:
                path = self._paths.pop(wd, None)
                if path and self._watches.get(path, (None,))[0] == wd:
                    del self._watches[path]

        def on_queue_overflow(self) -> None:
            """Called by watchdog when the kernel dropped events."""
            self._report(str(self._rules.root), True)

        def _below(self, folder: str) -> Iterator[str]:
            """The folders that count at and below that one, as absolute paths."""
            return (
                os.path.normpath(os.path.join(self._rules.root, path)) for path in self._rules.folders(folder)
            )

        def _watch(self, folder: str) -> None:
            with self._lock:
                if folder in self._watches:
                    return
                # One identity for each watch: a folder that was moved meanwhile may be known by two paths.
                identity = CallbackId(next(self._ids))
                try:
                    wd = self._inotify.add_callback(os.fsencode(folder), _MASK, self, identity)
                except OSError as error:
                    if error.errno in _LIMITS:
                        raise
                    return
                self._watches[folder] = wd, identity
                self._paths[wd] = folder

        def _unwatch(self, folder: str, and_below: bool = False) -> None:
            with self._lock:
                below = [path for path in self._watches if path.startswith(folder + "/")] if and_below else []
                for path in (folder, *below):
                    watch = self._watches.pop(path, None)
                    if watch and self._paths.get(watch[0]) == path:
                        del self._paths[watch[0]]
                    if watch:
                        self._inotify.remove_callbacks([watch])
