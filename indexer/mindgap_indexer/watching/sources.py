"""Where events come from: inotify on Linux, watchdog's observers elsewhere and for polling."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Protocol

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import BaseObserver

from mindgap_indexer.workspace_rules import WorkspaceRules

Report = Callable[[str, bool | None], bool]
"""Takes an absolute path and whether it is (or was) a folder, None if unknown; answers whether it counts."""


def triggers(rules: WorkspaceRules) -> frozenset[str]:
    """Files outside the folders that count, whose change concerns everything."""
    git = rules.git_folder()
    return frozenset([*rules.outer_ignore_files(), *([str(git / "HEAD")] if git else [])])


def _trigger_folders(rules: WorkspaceRules) -> list[str]:
    return sorted({folder for file in triggers(rules) if os.path.isdir(folder := os.path.dirname(file))})


class Source(Protocol):
    """Where events come from."""

    def sync(self) -> None:
        """Watch exactly what counts now; OSError if that is not possible."""
        ...

    def stop(self) -> None:
        """Report nothing more and end all threads."""
        ...


class ObserverSource(FileSystemEventHandler):
    """Watches the whole tree below the root: cheap on macOS and Windows, and the way to poll."""

    def __init__(self, observer: BaseObserver, rules: WorkspaceRules, report: Report) -> None:
        self._observer = observer
        self._rules = rules
        self._report = report
        observer.schedule(self, str(rules.root), recursive=True)
        self.sync()
        observer.start()

    def sync(self) -> None:
        """Watch the folders of the triggers; the root's tree is watched whole."""
        for folder in _trigger_folders(self._rules):
            self._observer.schedule(self, folder)

    def stop(self) -> None:
        """End the observer's threads."""
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog, on its thread."""
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

    class InotifySource:
        """One watch on each folder that counts, through watchdog's access to inotify.

        Its Observer would need a thread for each of them, or one recursive watch that also covers
        node_modules; and it holds back the first half of every rename for half a second.
        """

        def __init__(self, rules: WorkspaceRules, report: Report, fail: Callable[[OSError], None]) -> None:
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
            """Watch each folder that counts, and no other."""
            # Folders that another thread adds meanwhile are not in here and stay.
            before = set(self._watches)
            wanted: set[str] = set()
            for folder in (*_trigger_folders(self._rules), *self._below("")):
                self._watch(folder)
                wanted.add(folder)
            for folder in before - wanted:
                self._unwatch(folder)

        def stop(self) -> None:
            """End watchdog's thread."""
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
            if is_folder and event.is_attrib:
                return
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
