"""One workspace folder: its index, the thread that keeps it up to date, and how it stands."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from mindgap_indexer.errors import (
    Cancelled,
    MindgapError,
    ModelError,
    StoreBusyError,
    StoreError,
    WorkspaceError,
)
from mindgap_indexer.freshness import OpenBuffers
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.paths import index_folder
from mindgap_indexer.together import Prospects
from mindgap_indexer.types import (
    CancelCheck,
    Changes,
    Progress,
    ProgressCallback,
    Skipped,
    Tier,
)
from mindgap_indexer.watching import Watcher
from mindgap_indexer.workspace import Workspace
from mindgap_server.crash import report_and_say
from mindgap_server.documents import OpenDocuments
from mindgap_server.folders import Folder, real_path
from mindgap_server.reporter import Reporter
from mindgap_server.session.opening import OpenWorkspace
from mindgap_server.session.pace import shown
from mindgap_server.session.question import Question
from mindgap_server.session.reading import text_in
from mindgap_server.session.slot import WorkspaceSlot
from mindgap_server.session.standing import NOTHING_RUNS, RootReport, State

T = TypeVar("T")
log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""How long to leave the index to another process that is writing it."""

PROBE_SECONDS = 600.0
"""How long a root may have nothing to do until it looks whether its index is sound."""

RESUME = "Reindex to resume."


class Job(StrEnum):
    """What a root's worker can be asked to do."""

    OPEN = "open"
    UPDATE = "update"
    DEEPEN = "deepen"
    """Give the deep vectors to what a change on disk brought."""
    CHECK = "check"
    """Look whether the index is sound, and mend it where it is not."""
    PAUSE = "pause"
    """Stop to follow changes."""
    PURGE = "purge"
    """Delete the index."""
    REBUILD = "rebuild"
    """Delete the index and make it again."""


_INTERRUPTING = (Job.PAUSE, Job.PURGE, Job.REBUILD)


@dataclass(frozen=True, slots=True)
class RootOptions:
    """The options that a root cannot change while it is open."""

    index: IndexOptions
    watch: bool
    index_on_startup: bool = field(compare=False)
    """Alone no reason to open a root anew."""

    @property
    def first_job(self) -> Job:
        """What a worker starts with."""
        return Job.UPDATE if self.index_on_startup else Job.OPEN


class Root:
    """A workspace folder with a worker thread of its own, which starts at once."""

    def __init__(
        self, folder: Folder, options: RootOptions, reporter: Reporter, open_workspace: OpenWorkspace
    ) -> None:
        self.folder = folder
        self.real_path = real_path(folder.path)
        """The folder without links, as it was when it was opened."""
        self._options = options
        self._reporter = reporter
        self._open_workspace = open_workspace
        self._slot = WorkspaceSlot()
        self._watcher: Watcher | None = None
        self._deep_ready = False
        self._unsaved: dict[str, bytes] = {}
        """Open buffers by path; kept, because a workspace that is opened anew must hear of them again."""
        self._editing = threading.Lock()
        self._standing = RootReport(folder, State.OPENING)
        """How its worker stands."""
        self._catching_up: Progress | None = None
        """How far the watcher's thread is with a large change on disk."""
        self._behind = False
        """Changes on disk were noticed that did not get into the index."""
        self._lost = False
        """The folder could not be read when it was last looked at as a whole."""
        self._wake = threading.Condition()
        self._wanted: Job | None = options.first_job
        self._retry_at: float | None = None
        self._pausing = False
        self._resting: Job | None = None
        """Set by who pauses or deletes the index: it stays so until an update is asked for."""
        self._stopping = False
        self._stale = False
        self._thread = threading.Thread(target=self._work, name=f"mindgap-index {folder.name}", daemon=True)
        self._thread.start()

    def update(self) -> None:
        """Ask for an update of the whole index; also resumes a paused one and retries after an error."""
        self._ask(Job.UPDATE)

    def pause(self) -> None:
        """Stop the running update; what it committed stays."""
        with self._wake:
            self._pausing, self._resting = True, Job.PAUSE

    def halt(self) -> None:
        """Pause, and do not follow changes either, until the next update."""
        self._interrupt(Job.PAUSE)

    def purge(self, *, rebuild: bool) -> None:
        """Delete the index, and make it again at once if that is wanted."""
        self._interrupt(Job.REBUILD if rebuild else Job.PURGE)

    def reopen(self, options: RootOptions) -> None:
        """Go on with other options; searches wait for the moment that this takes.

        What somebody asked for before, to pause or to delete, is done all the same and stays so.
        """
        with self._wake:
            self._options, self._stale = options, True
            if self._wanted not in _INTERRUPTING and self._resting is None:
                self._wanted, self._pausing = options.first_job, False
            elif self._wanted not in _INTERRUPTING and self._resting is Job.PAUSE:
                self._wanted = Job.PAUSE
            self._wake.notify()

    def stop(self) -> None:
        """Tell the worker to end, without waiting for it."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Wait for the worker's end; False if it is still busy."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def notify(self, path: Path) -> None:
        """A client saw a change of this file."""
        # Read once: the worker may stop to follow changes at any moment.
        watcher = self._watcher
        if watcher is not None:
            watcher.notify(str(path))

    def edit(self, path: Path, data: bytes | None) -> None:
        """An editor holds this text of the file, by its path without links; None: it is as on disk."""
        relative = self._relative(path)
        with self._editing:
            if data is None:
                self._unsaved.pop(relative, None)
            else:
                self._unsaved[relative] = data
            # A workspace that is not open yet gets all of them when it is.
            with contextlib.suppress(Cancelled, MindgapError), self._slot.borrow(lambda: True) as workspace:
                _overlay(workspace, relative, data)

    def discard(self, path: Path) -> None:
        """What an editor held of the file, by its path without links, answers no more; takes effect at once.

        `edit` is to follow, which may wait for a text that is being parsed.
        """
        with contextlib.suppress(Cancelled, MindgapError), self._slot.borrow(lambda: True) as workspace:
            workspace.clear_overlay(self._relative(path))

    @contextlib.contextmanager
    def prospects(
        self, question: Question, buffers: OpenBuffers, cancelled: CancelCheck
    ) -> Generator[Prospects]:
        """What is indexed and may answer, good within the context.

        Raises Cancelled also when the root is stopped meanwhile.
        """
        tier = Tier.INSTANT if question.tier is Tier.AUTO and not self._deep_ready else question.tier

        def unwanted() -> bool:
            return cancelled() or self._stopping

        def live(path: str) -> bytes | None:
            data = buffers(path)
            # A file that was closed a moment ago may still have its unsaved text in the index.
            return self._on_disk(path) if data is None and path in self._unsaved else data

        with self._slot.borrow(unwanted) as workspace, self._noticing_damage():
            # What is there: this root's worker indexes, and a search never waits for it.
            yield workspace.prospects(
                question.text, question.mode, question.filters, tier, live, unwanted, question.limit
            )

    def _on_disk(self, path: str) -> bytes:
        """The text of a file that no editor holds; empty where there is none that counts."""
        try:
            return text_in(self.folder, path, self._options.index, OpenDocuments())
        except WorkspaceError:
            return b""

    def _relative(self, path: Path) -> str:
        return os.path.relpath(path, self.real_path).replace(os.sep, "/")

    def report(self) -> RootReport:
        """How the root stands."""
        if self._slot.workspace is None:
            return self.standing
        try:
            with self._slot.borrow(lambda: True) as workspace, self._noticing_damage():
                return replace(self.standing, index=workspace.status())
        except Cancelled:
            return self.standing
        except StoreError as error:
            return replace(self.standing, message=str(error))

    @contextlib.contextmanager
    def _noticing_damage(self) -> Generator[None]:
        """Have the index looked at when it gives errors."""
        try:
            yield
        except StoreError:
            self._ask(Job.CHECK)
            raise

    def skipped(self, cancelled: CancelCheck) -> tuple[Skipped, ...]:
        """What the index leaves out; raises what keeps the index from opening."""
        with self._slot.borrow(cancelled) as workspace:
            return workspace.skipped(cancelled)

    @property
    def standing(self) -> RootReport:
        """How the root stands, without the index's own numbers."""
        standing, catching_up = self._standing, self._catching_up
        if catching_up is None or standing.state is not State.READY:
            return standing
        return replace(standing, state=State.INDEXING, progress=catching_up)

    def _ask(self, job: Job) -> None:
        with self._wake:
            if job is Job.UPDATE and self._wanted in (Job.PURGE, Job.REBUILD):
                self._wanted = Job.REBUILD
            elif self._wanted in (None, Job.CHECK) or job is Job.UPDATE:
                self._wanted = job
            if job is Job.UPDATE:
                self._resting = None
            if job is not Job.CHECK:
                self._pausing = False
            self._wake.notify()

    def _interrupt(self, job: Job) -> None:
        """Let a job take the place of whatever runs or waits; a deletion that waits is not taken back."""
        with self._wake:
            deleting = self._wanted in (Job.PURGE, Job.REBUILD)
            self._wanted, self._pausing = Job.PURGE if deleting and job is Job.PAUSE else job, True
            if job is not Job.PAUSE or self._resting is not Job.PURGE:
                self._resting = None if self._wanted is Job.REBUILD else self._wanted
            self._wake.notify()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            self._attempt(job)
        self._stop_watching()
        self._slot.close()

    def _next_job(self) -> Job | None:
        """Wait for something to do; None to end. A busy index is tried again, an idle one checked."""
        with self._wake:
            patience, then = PROBE_SECONDS, Job.CHECK
            if self._retry_at is not None:
                patience, then = max(0.0, self._retry_at - time.monotonic()), Job.UPDATE
            self._wake.wait_for(lambda: self._stopping or self._wanted is not None, patience)
            job, self._wanted = self._wanted or then, None
            if job is not Job.CHECK:
                # A look at the index comes in between; it is no try, and searches may ask for many.
                self._retry_at = None
            if job in _INTERRUPTING:
                self._pausing = False
            return None if self._stopping else job

    def _attempt(self, job: Job) -> None:
        """Do one job; whatever goes wrong ends in the root's state, not in the worker's death."""
        try:
            if job in _INTERRUPTING:
                self._interrupted(job)
            if job is Job.CHECK:
                self._check()
            if job in (Job.PAUSE, Job.PURGE, Job.CHECK):
                return
            workspace = self._opened()
            self._follow(workspace)
            if job in (Job.UPDATE, Job.REBUILD) or (self._behind and workspace.is_indexed):
                self._update(workspace)
            elif job is Job.OPEN:
                self._look_at(workspace)
            if self._options.index.deep_model and job is not Job.OPEN:
                self._deepen(workspace, quietly=job is Job.DEEPEN)
        except Cancelled:
            done = self._standing.progress
            self._stand(
                State.PAUSED, f"Indexing was paused at {done.done:,} of {done.total:,} files. {RESUME}"
            )
        except StoreBusyError as error:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._stand(State.INDEXING, str(error))
        except MindgapError as error:
            self._fail(error)
        except Exception as error:
            log.exception("The worker of %s failed", self.folder.path)
            report_and_say(error, "Indexing")
            self._fail(MindgapError(f"Indexing {self.folder.name} failed: {error!r}. The log says more."))

    def _opened(self) -> Workspace:
        """The workspace with the present options."""
        if self._stale:
            self._stale = self._deep_ready = False
            self._stop_watching()
            self._slot.empty()
        workspace = self._slot.workspace
        if workspace is None:
            self._slot.retry()
            self._stand(State.OPENING)
            workspace = self._open_workspace(self.folder.path, self._options.index)
            with self._editing:
                for path, data in self._unsaved.items():
                    _overlay(workspace, path, data)
                self._slot.fill(workspace)
        return workspace

    def _follow(self, workspace: Workspace) -> None:
        """Follow changes on disk, if that is wanted."""
        if self._watcher is not None and self._watcher.has_lost_root:
            self._stop_watching()
        if self._options.watch and self._watcher is None:
            # Before the first update, so that no change between the two is missed.
            self._watcher = workspace.watch(
                self._changed_on_disk, self._showing_changes, self._interrupted_soon
            )

    def _interrupted(self, job: Job) -> None:
        self._stop_watching()
        if job is Job.PAUSE:
            self._paused()
            return
        self._slot.empty()
        self._deep_ready = False
        _remove_index(self.folder.path)
        if job is Job.PURGE:
            gone = f"The index of {self.folder.name} was deleted. Reindex to build it again."
            self._slot.fail(WorkspaceError(gone))
            self._stand(State.PAUSED, gone)

    def _paused(self) -> None:
        paused = self._standing.state is State.PAUSED
        message = self._standing.message if paused else f"Indexing is paused. {RESUME}"
        if self._stale and self._resting is not Job.PURGE:
            # Searches go on, with the new options.
            self._opened()
        self._stand(State.PAUSED, message)

    def _stop_watching(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher.stop():
            self._behind = True

    def _look_at(self, workspace: Workspace) -> None:
        if workspace.is_indexed:
            self._stand(State.READY)
        else:
            self._stand(State.PAUSED, "Not indexed yet. Reindex to start.")

    def _check(self) -> None:
        """Look whether the index is sound; what is not is built anew, and the state says so meanwhile."""
        workspace = self._slot.workspace
        if workspace is None or self._standing.state is not State.READY:
            return
        problems = workspace.check(deeply=True)
        if not problems:
            return
        degraded = f"The index of {self.folder.name} is degraded ({'; '.join(problems)})."
        log.warning("%s What is affected is built anew.", degraded)
        self._stand(State.INDEXING, f"{degraded} What is affected is built anew.")
        workspace.repair()
        self._update(workspace, self._standing.message)
        if workspace.check(deeply=True):
            raise StoreError(f"{degraded} Mending did not help. Delete the index and build it again.")
        if self._options.index.deep_model:
            self._ask(Job.DEEPEN)

    def _update(self, workspace: Workspace, message: str | None = None) -> None:
        self._stand(State.INDEXING, message)
        try:
            summary = self._with_bar("Indexing", self.pause, workspace.index)
        except WorkspaceError:
            self._lost = True
            raise
        self._behind = self._lost = False
        with self._wake:
            if self._wanted not in _INTERRUPTING:
                # Who stopped the bar was too late.
                self._resting = None
        self._stand(State.READY)
        log.info(
            "%s: %d files and %d units in the index, %d files changed, %.1f s",
            self.folder.name,
            summary.files,
            summary.units,
            summary.files_changed,
            summary.seconds,
        )

    def _deepen(self, workspace: Workspace, *, quietly: bool) -> None:
        """Give every unit its deep vector; until the model is there, the instant tier answers alone."""
        try:
            workspace.load_deep()
            self._deep_ready = True
            if quietly:
                workspace.deepen(cancelled=self._unwanted, in_background=True)
            else:
                self._with_bar(
                    "Deep tier of", self._pause_deep, partial(workspace.deepen, in_background=True)
                )
        except Cancelled:
            done = self._standing.progress
            self._stand(State.READY, f"The deep tier was paused at {done.done:,} of {done.total:,}. {RESUME}")
        except ModelError as error:
            self._stand(State.READY, str(error))
            self._reporter.complain(str(error))
        else:
            self._stand(State.READY)

    def _pause_deep(self) -> None:
        """Stop the deep tier alone: the index goes on following changes."""
        self._pausing = True

    def _with_bar(
        self, title: str, cancel: Callable[[], None], run: Callable[[ProgressCallback, CancelCheck], T]
    ) -> T:
        def note(progress: Progress) -> None:
            self._stand(self._standing.state, self._standing.message, progress)

        with shown(lambda: self._reporter.begin(f"{title} {self.folder.name}", cancel), note) as report:
            return run(report, self._unwanted)

    def _unwanted(self) -> bool:
        return self._pausing or self._stopping or self._stale

    def _interrupted_soon(self) -> bool:
        """Whether the worker is about to end the watcher. Who stops a bar of the worker pauses that alone."""
        return self._stopping or self._stale or self._wanted in _INTERRUPTING

    @contextlib.contextmanager
    def _showing_changes(self) -> Generator[ProgressCallback]:
        """Show how far a large change on disk is; who stops its bar wants no changes followed."""

        def note(progress: Progress) -> None:
            self._catching_up = progress
            self._reporter.changed()

        try:
            with shown(
                lambda: self._reporter.begin(f"Indexing {self.folder.name}", self.halt), note
            ) as report:
                yield report
        except WorkspaceError as error:
            self._lost = True
            if self._standing.state is State.READY:
                self._stand(State.ERROR, str(error))
            raise
        else:
            self._found_again()
        finally:
            if self._catching_up is not None:
                self._catching_up = None
                self._reporter.changed()

    def _found_again(self) -> None:
        """Changes were brought into the index; what was lost until then may be there again."""
        if self._lost and self._standing.state is State.ERROR and os.path.isdir(self.folder.path):
            self._lost = False
            self._stand(State.READY)
            if self._deep_ready:
                self._ask(Job.DEEPEN)

    def _changed_on_disk(self, changes: Changes) -> None:
        log.debug(
            "%s: %d files changed, %d removed", self.folder.name, changes.files_changed, changes.files_removed
        )
        if self._deep_ready and self._standing.state is State.READY:
            self._ask(Job.DEEPEN)
        self._reporter.changed()

    def _fail(self, error: MindgapError) -> None:
        self._slot.fail(error)
        self._stand(State.ERROR, str(error))
        log.error("%s: %s", self.folder.name, error)
        self._reporter.complain(str(error))

    def _stand(self, state: State, message: str | None = None, progress: Progress = NOTHING_RUNS) -> None:
        self._standing = RootReport(self.folder, state, message, progress)
        self._reporter.changed()


def _remove_index(root: Path) -> None:
    """Delete the index of a folder, also one that is damaged."""
    folder = index_folder(root)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(
            f"The index {folder} cannot be deleted ({error.strerror}). "
            "Close the other programs that use it, then try again."
        ) from error


def _overlay(workspace: Workspace, path: str, data: bytes | None) -> None:
    if data is None:
        workspace.clear_overlay(path)
    else:
        workspace.set_overlay(path, data)
