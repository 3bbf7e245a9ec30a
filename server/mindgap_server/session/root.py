"""One workspace folder: its index, the thread that keeps it up to date, and the answers from it.

`Schedule` knows what is wanted and whether it may run, `Standing` how the root stands; here the work is done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from mindgap_indexer.errors import (
    Cancelled,
    MindgapError,
    ModelError,
    StoreBusyError,
    StoreError,
    WorkspaceError,
)
from mindgap_indexer.freshness import OpenBuffers
from mindgap_indexer.together import Prospects
from mindgap_indexer.types import CancelCheck, ProgressCallback, Skipped, Tier
from mindgap_indexer.workspace import Workspace
from mindgap_server.crash import report_and_say
from mindgap_server.folders import Folder, real_path
from mindgap_server.reporter import Reporter
from mindgap_server.session.following import Follower
from mindgap_server.session.opening import OpenWorkspace, RootOptions, remove_index
from mindgap_server.session.pace import shown
from mindgap_server.session.question import Question
from mindgap_server.session.reading import text_on_disk
from mindgap_server.session.schedule import Goal, Job, Schedule
from mindgap_server.session.slot import WorkspaceSlot
from mindgap_server.session.standing import RootReport, Standing, State
from mindgap_server.session.unsaved import UnsavedTexts

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""How long to leave the index to another process that is writing it."""

PROBE_SECONDS = 600.0
"""How long a root may have nothing to do until it looks whether its index is sound."""

RESUME = "Reindex to resume."


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
        self.unsaved = UnsavedTexts(self.real_path, self._slot)
        """What editors hold of its files."""
        self._deep_ready = False
        self._standing = Standing(folder, reporter.changed)
        self._wake = threading.Condition()
        self._schedule = Schedule(options.first_job)
        """Changed only with the condition held."""
        self._follower = Follower(
            self._standing,
            # Who stops the bar of a change on disk wants no changes followed.
            begin=lambda: reporter.begin(f"Indexing {folder.name}", self.pause),
            interrupted=self._schedule.following_cancelled,
            changed=self._changed_on_disk,
        )
        self._thread = threading.Thread(target=self._work, name=f"mindgap-index {folder.name}", daemon=True)
        self._thread.start()

    # What is asked of it

    def update(self) -> None:
        """Ask for an update of the whole index; also resumes a paused one and retries after an error."""
        self._ask(Job.UPDATE)

    def pause(self) -> None:
        """Stop the running update, of which stays what it committed, and follow no changes until the next."""
        self._ask(Job.PAUSE)

    def purge(self, *, rebuild: bool) -> None:
        """Delete the index, and make it again at once if that is wanted."""
        self._ask(Job.REBUILD if rebuild else Job.PURGE)

    def reopen(self, options: RootOptions) -> None:
        """Go on with other options; searches wait for the moment that this takes."""
        self._options = options
        self._tell(lambda schedule: schedule.reopen(options.first_job))

    def stop(self) -> None:
        """Tell the worker to end, without waiting for it."""
        self._tell(Schedule.stop)

    def join(self, timeout: float) -> bool:
        """Wait for the worker's end; False if it is still busy."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def notify(self, path: Path) -> None:
        """A client saw a change of this file."""
        self._follower.notify(path)

    def _ask(self, job: Job) -> None:
        self._tell(lambda schedule: schedule.ask(job))

    def _tell(self, change: Callable[[Schedule], None]) -> None:
        """Change the schedule, and have the worker look at it."""
        with self._wake:
            change(self._schedule)
            self._wake.notify()

    # What it answers

    @contextmanager
    def prospects(
        self, question: Question, buffers: OpenBuffers, cancelled: CancelCheck
    ) -> Generator[Prospects]:
        """What is indexed and may answer, good within the context.

        Raises Cancelled also when the root is stopped meanwhile.
        """
        tier = Tier.INSTANT if question.tier is Tier.AUTO and not self._deep_ready else question.tier

        def unwanted() -> bool:
            return cancelled() or self._schedule.is_stopping

        def live(path: str) -> bytes | None:
            data = buffers(path)
            # A file that was closed a moment ago may still have its unsaved text in the index.
            if data is None and path in self.unsaved:
                return text_on_disk(self.folder, path, self._options.index)
            return data

        with self._slot.borrow(unwanted) as workspace, self._noticing_damage():
            # What is there: this root's worker indexes, and a search never waits for it.
            yield workspace.prospects(
                question.text, question.mode, question.filters, tier, live, unwanted, question.limit
            )

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

    @contextmanager
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
        return self._standing.report

    # What its worker does

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            self._attempt(job)
        self._follower.stop()
        self._slot.close()

    def _next_job(self) -> Job | None:
        """Wait for something to do; None to end."""
        with self._wake:
            seconds = self._schedule.patience(time.monotonic(), PROBE_SECONDS)
            self._wake.wait_for(lambda: self._schedule.is_due, seconds)
            return self._schedule.take()

    def _attempt(self, job: Job) -> None:
        """Do one job; whatever goes wrong ends in the root's state, not in the worker's death."""
        try:
            self._do(job)
        except Cancelled:
            done = self._standing.worker.progress
            self._standing.become(
                State.PAUSED, f"Indexing was paused at {done.done:,} of {done.total:,} files. {RESUME}"
            )
        except StoreBusyError as error:
            self._tell(lambda schedule: schedule.retry(time.monotonic() + RETRY_SECONDS))
            self._standing.become(State.INDEXING, str(error))
        except MindgapError as error:
            self._fail(error)
        except Exception as error:
            log.exception("The worker of %s failed", self.folder.path)
            report_and_say(error, "Indexing")
            self._fail(MindgapError(f"Indexing {self.folder.name} failed: {error!r}. The log says more."))

    def _fail(self, error: MindgapError) -> None:
        self._slot.fail(error)
        self._standing.fail(error)
        log.error("%s: %s", self.folder.name, error)
        self._reporter.complain(str(error))

    def _do(self, job: Job) -> None:
        if job is Job.CHECK:
            self._check()
        elif job is Job.PAUSE:
            self._pause()
        elif job is Job.PURGE:
            self._purge()
        else:
            if job is Job.REBUILD:
                self._delete()
            self._open_and_update(job)

    def _open_and_update(self, job: Job) -> None:
        """Open what is not open, follow changes, and bring up to date what the job asks for."""
        workspace = self._opened()
        if self._options.watch:
            # Before the first update, so that no change between the two is missed.
            self._follower.start(workspace)
        if job in (Job.UPDATE, Job.REBUILD) or (self._follower.is_behind and workspace.is_indexed):
            self._update(workspace)
        elif job is Job.OPEN and workspace.is_indexed:
            self._standing.become(State.READY)
        elif job is Job.OPEN:
            self._standing.become(State.PAUSED, "Not indexed yet. Reindex to start.")
        if self._options.index.deep_model and job is not Job.OPEN:
            self._deepen(workspace, quietly=job is Job.DEEPEN)

    def _opened(self) -> Workspace:
        """The workspace with the present options."""
        if self._schedule.reopening:
            # Before the options are read, so that others that come meanwhile are not missed.
            self._tell(Schedule.reopened)
            self._deep_ready = False
            self._follower.stop()
            self._slot.empty()
        workspace = self._slot.workspace
        if workspace is None:
            self._slot.retry()
            self._standing.become(State.OPENING)
            workspace = self._open_workspace(self.folder.path, self._options.index)
            self.unsaved.fill(workspace)
        return workspace

    def _pause(self) -> None:
        self._follower.stop()
        before = self._standing.worker
        if self._schedule.reopening and self._schedule.goal is not Goal.PURGED:
            # Searches go on, with the new options.
            self._opened()
        # What was paused or deleted says more about it.
        message = before.message if before.state is State.PAUSED else f"Indexing is paused. {RESUME}"
        self._standing.become(State.PAUSED, message)

    def _purge(self) -> None:
        self._delete()
        gone = f"The index of {self.folder.name} was deleted. Reindex to build it again."
        self._slot.fail(WorkspaceError(gone))
        self._standing.become(State.PAUSED, gone)

    def _delete(self) -> None:
        self._follower.stop()
        self._slot.empty()
        self._deep_ready = False
        remove_index(self.folder.path)

    def _check(self) -> None:
        """Look whether the index is sound; what is not is built anew, and the state says so meanwhile."""
        workspace = self._slot.workspace
        if workspace is None or self._standing.worker.state is not State.READY:
            return
        problems = workspace.check(deeply=True)
        if not problems:
            return
        degraded = f"The index of {self.folder.name} is degraded ({'; '.join(problems)})."
        mending = f"{degraded} What is affected is built anew."
        log.warning("%s", mending)
        self._standing.become(State.INDEXING, mending)
        workspace.repair()
        self._update(workspace, mending)
        if workspace.check(deeply=True):
            raise StoreError(f"{degraded} Mending did not help. Delete the index and build it again.")
        if self._options.index.deep_model:
            self._ask(Job.DEEPEN)

    def _update(self, workspace: Workspace, message: str | None = None) -> None:
        self._standing.become(State.INDEXING, message)
        with self._bar("Indexing", Schedule.cancel_update) as report:
            summary = workspace.index(report, self._schedule.update_cancelled)
        self._follower.is_behind = False
        self._tell(Schedule.finish_update)
        self._standing.become(State.READY)
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
        deepen = partial(workspace.deepen, cancelled=self._schedule.deepening_cancelled, in_background=True)
        try:
            workspace.load_deep()
            self._deep_ready = True
            if quietly:
                deepen()
            else:
                with self._bar("Deep tier of", Schedule.cancel_deepening) as report:
                    deepen(report)
        except Cancelled:
            done = self._standing.worker.progress
            self._standing.become(
                State.READY, f"The deep tier was paused at {done.done:,} of {done.total:,}. {RESUME}"
            )
        except ModelError as error:
            self._standing.become(State.READY, str(error))
            self._reporter.complain(str(error))
        else:
            self._standing.become(State.READY)

    def _bar(
        self, title: str, cancel: Callable[[Schedule], None]
    ) -> AbstractContextManager[ProgressCallback]:
        """Show how far the worker is; `cancel` is what happens when the person stops it."""
        begin = partial(self._reporter.begin, f"{title} {self.folder.name}", partial(self._tell, cancel))
        return shown(begin, self._standing.advance)

    def _changed_on_disk(self) -> None:
        if self._deep_ready and self._standing.worker.state is State.READY:
            self._ask(Job.DEEPEN)
        self._reporter.changed()
