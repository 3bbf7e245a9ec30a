"""What is wanted of a root and whether it may run now: a state machine without threads, files or a clock.

`Root` keeps a lock around it, waits until something is due, and does the jobs.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto


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
"""Jobs that what runs makes way for, the watcher too."""


class Goal(Enum):
    """What the person wants of the index; it stays so until an update is asked for."""

    ACTIVE = auto()
    PAUSED = auto()
    PURGED = auto()


class Schedule:
    """The one job that waits, into which others are merged, and whether the one that runs may go on."""

    def __init__(self, first: Job) -> None:
        self.goal = Goal.ACTIVE
        self.reopening = False
        """Options have changed: before anything else, the workspace is to be opened anew."""
        self.is_stopping = False
        """Nothing is wanted any more, not even answers."""
        self._waiting: Job | None = first
        self._is_owed = False
        """An update was taken and has not run to its end."""
        self._retry_at: float | None = None
        self._deep_cancelled = False

    # What others ask for

    def ask(self, job: Job) -> None:
        """Take note of a job."""
        # A change that met the end of the watcher wakes nothing up.
        if job is Job.DEEPEN and self.goal is not Goal.ACTIVE:
            return
        self._waiting = _merged(self._waiting, job)
        if job in (Job.UPDATE, Job.REBUILD):
            self.goal = Goal.ACTIVE
        elif self._waiting is Job.PURGE:
            self.goal = Goal.PURGED
        elif job is Job.PAUSE and self.goal is Goal.ACTIVE:
            self.goal = Goal.PAUSED
        if job is not Job.CHECK:
            self._deep_cancelled = False

    def cancel_update(self) -> None:
        """Pause the update that runs, but go on to follow changes."""
        # An index that is about to be made again is not what was paused.
        if self.goal is Goal.ACTIVE and self._waiting is not Job.REBUILD:
            self.goal = Goal.PAUSED

    def cancel_deepening(self) -> None:
        """Stop the deep tier until something else is asked for; the index goes on following changes."""
        self._deep_cancelled = True

    def reopen(self, first: Job) -> None:
        """Open the workspace anew; what somebody asked for before, to pause or to delete, stays so."""
        self.reopening = True
        if self.goal is Goal.PAUSED:
            self._waiting = Job.PAUSE  # which opens it, so that searches go on with the new options
        elif self.goal is Goal.ACTIVE:
            if self._waiting not in (Job.UPDATE, Job.REBUILD):
                # What was to be deleted for a rebuild that runs is gone by now.
                self._waiting = Job.UPDATE if self._is_owed else first
            self._deep_cancelled = False

    def stop(self) -> None:
        """End; whatever waits is not done any more."""
        self.is_stopping = True

    # What the worker does

    @property
    def is_due(self) -> bool:
        """Whether the worker need not wait."""
        return self.is_stopping or self._waiting is not None

    def patience(self, now: float, idle_seconds: float) -> float:
        """Seconds after which the worker takes a job although nothing is due."""
        return idle_seconds if self._retry_at is None else max(0.0, self._retry_at - now)

    def take(self) -> Job | None:
        """The job to do now; None to end.

        When none waits, an index that was busy is tried again, and another one checked.
        """
        job = self._waiting or (Job.CHECK if self._retry_at is None else Job.UPDATE)
        self._waiting = None
        self._is_owed = self._is_owed or job in (Job.UPDATE, Job.REBUILD)
        if job is not Job.CHECK:
            # A look at the index comes in between; it is no try, and searches may ask for many.
            self._retry_at = None
        return None if self.is_stopping else job

    def reopened(self) -> None:
        """The workspace is about to be opened with the options of now."""
        self.reopening = False

    def retry(self, at: float) -> None:
        """The index was busy: update it then, unless another job comes before."""
        self._retry_at = at

    def finish_update(self) -> None:
        """An update ran to its end: who cancelled it was too late."""
        self._is_owed = False
        if self._waiting not in _INTERRUPTING:
            self.goal = Goal.ACTIVE

    # Whether what runs may go on

    def following_cancelled(self) -> bool:
        """Whether the worker is about to end the watcher; who cancels an update pauses that alone."""
        return self.is_stopping or self.reopening or self._waiting in _INTERRUPTING

    def update_cancelled(self) -> bool:
        """Whether an update that runs is to stop."""
        return self.goal is not Goal.ACTIVE or self.following_cancelled()

    def deepening_cancelled(self) -> bool:
        """Whether the deep tier is to stop."""
        return self._deep_cancelled or self.update_cancelled()


def _merged(waiting: Job | None, asked: Job) -> Job:
    """The one job that does what both ask for; a deletion that waits is not taken back."""
    if asked in (Job.DEEPEN, Job.CHECK) and waiting not in (None, Job.CHECK):
        return waiting
    if waiting in (Job.PURGE, Job.REBUILD) and asked in (Job.UPDATE, Job.PAUSE):
        return Job.REBUILD if asked is Job.UPDATE else Job.PURGE
    return asked
