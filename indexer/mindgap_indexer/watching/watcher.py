"""Collects changes of a workspace until they have come to rest, and hands them over in batches.

Events come from the operating system and, through notify, from an editor. The workspace rules drop what does
not count; what remains is collected until nothing happened for a moment, and handed over as one batch.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserverVFS

from mindgap_indexer.errors import Cancelled, StoreBusyError, WorkspaceError
from mindgap_indexer.watching.sources import ObserverSource, Source, triggers
from mindgap_indexer.workspace_rules import WorkspaceRules

if sys.platform == "linux":
    from mindgap_indexer.watching.sources import InotifySource

logger = logging.getLogger(__name__)

MAX_PATHS = 2_000
"""More changes than this are cheaper to find by scanning."""
POLL_SECONDS = 3.0
"""How often to look for changes where the operating system does not report them; for a lost root, too."""
BUSY_SECONDS = 0.5
"""When to try a batch again that met another process at work, or was not wanted just then."""
LOCK_PATIENCE = 3
"""While git holds its index lock, a batch may wait this many times as long."""


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What changed since the batch before."""

    paths: frozenset[str]
    """Files and folders, relative to the root, that may have changed, appeared or vanished."""
    rescan: bool
    """More may have changed than the paths say: scan the whole workspace."""


class Watcher:
    """Calls `on_batch` on a thread of its own whenever something that counts has changed.

    A batch that `on_batch` refuses with StoreBusyError or Cancelled is handed over again.

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
        self._source: Source | None = None
        self._triggers: frozenset[str] = frozenset()
        self._failure: OSError | None = None
        self._watched: tuple[int, int] | None = None
        """Which folder the source watches; None while there is none at the root's path."""

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
        self._triggers = triggers(self._rules)
        self._follow_root()
        self._thread = threading.Thread(target=self._run, name="mindgap-watcher", daemon=True)
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        """Not started, or asked to stop: who works at a batch then may refuse the rest of it."""
        return self._thread is None

    @property
    def has_lost_root(self) -> bool:
        """The root was removed or replaced, or a folder above it renamed, which no event may have told."""
        here = self._identity()
        return here is None or here != self._watched

    def stop(self) -> bool:
        """End all threads; answers whether changes are dropped that were not handed over or were refused."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread and thread is not threading.current_thread():
            thread.join()
        self._close_source()
        with self._changed:
            left = self._first is not None
            self._take()
        return left

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
            except StoreBusyError as error:
                # That process may have read the files before they changed.
                logger.debug("%s Trying again soon.", error)
                self._put_back(batch)
            except Cancelled:
                self._put_back(batch)
            except WorkspaceError as error:
                logger.warning("%s Changes are followed again once it can be read.", error)
            except Exception:
                logger.exception("Changes in %s could not be processed; watching goes on.", self._rules.root)

    def _next_batch(self) -> ChangeBatch | None:
        """Wait until changes have come to rest; None when the watcher stops."""
        with self._changed:
            while not self._changed.wait_for(
                lambda: self._is_over() or self._first is not None,
                POLL_SECONDS if self._watched is None else None,
            ):
                if self._identity() is not None:
                    # The root is back: what happened to it meanwhile is known to nobody.
                    self._note(rescan=True)
            while not self._is_over() and (seconds := self._due() - time.monotonic()) > 0:
                self._changed.wait(seconds)
            return None if self._is_over() else self._take()

    def _is_over(self) -> bool:
        return self._thread is not threading.current_thread()

    def _due(self) -> float:
        """When the waiting batch is to be handed over."""
        first = self._last if self._first is None else self._first
        git = self._rules.git_folder()
        if git and os.path.exists(git / "index.lock"):
            # git is in the middle of a checkout, merge or rebase: more is to come.
            return min(time.monotonic() + self._debounce, first + LOCK_PATIENCE * self._max_delay)
        return min(self._last + self._debounce, first + self._max_delay)

    def _take(self) -> ChangeBatch:
        too_many = len(self._paths) > MAX_PATHS
        batch = ChangeBatch(frozenset() if too_many else frozenset(self._paths), self._rescan or too_many)
        self._paths.clear()
        self._rescan = False
        self._first = None
        return batch

    def _put_back(self, batch: ChangeBatch) -> None:
        """Hand this over again in a moment, with what comes until then."""
        with self._changed:
            self._paths |= batch.paths
            self._rescan |= batch.rescan
            self._first = self._last = time.monotonic() + BUSY_SECONDS - self._debounce

    def _renew(self) -> None:
        """Read the ignore files again and watch what counts now, before anybody scans."""
        self._rules.refresh()
        self._triggers = triggers(self._rules)
        failure, self._failure = self._failure, None
        if self.has_lost_root:
            self._follow_root()
            return
        try:
            if failure:
                raise failure
            if self._source:
                self._source.sync()
        except OSError as error:
            self._close_source()
            self._source = self._poll(error)

    def _follow_root(self) -> None:
        """Watch the folder that is at the root's path now; where there is none, wait for one."""
        self._close_source()
        # Before the source: a root that is replaced in between is lost again, and that is noticed.
        self._watched = self._identity()
        if self._watched is not None:
            self._source = self._open_source()

    def _identity(self) -> tuple[int, int] | None:
        """Which folder is at the root's path now."""
        try:
            status = os.stat(self._rules.root)
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source:
            source.stop()

    def _open_source(self) -> Source:
        try:
            if sys.platform == "linux":
                return InotifySource(self._rules, self._receive, self._fail)
            return ObserverSource(Observer(), self._rules, self._receive)
        except OSError as error:
            return self._poll(error)

    def _poll(self, error: OSError) -> Source:
        logger.warning(
            "The operating system cannot watch all folders of %s (%s); looking for changes every %g seconds "
            "instead. On Linux, raise fs.inotify.max_user_watches to avoid this.",
            self._rules.root,
            error.strerror or error,
            POLL_SECONDS,
        )
        observer = PollingObserverVFS(os.lstat, self._list_what_counts, polling_interval=POLL_SECONDS)
        return ObserverSource(observer, self._rules, self._receive)

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
