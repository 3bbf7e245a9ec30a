"""What is wanted of a root and whether it may run, transition by transition."""

from __future__ import annotations

import pytest

from mindgap_server.session.schedule import Goal, Job, Schedule

IDLE = 600.0


def resting(first: Job = Job.UPDATE) -> Schedule:
    """A schedule whose first job is taken: nothing waits."""
    schedule = Schedule(first)
    assert schedule.take() is first
    assert not schedule.is_due
    return schedule


def asked(*jobs: Job) -> Schedule:
    schedule = resting()
    for job in jobs:
        schedule.ask(job)
    return schedule


def cancelled(schedule: Schedule) -> tuple[bool, bool, bool]:
    """Whether following changes, updates and the deep tier are to stop."""
    return schedule.following_cancelled(), schedule.update_cancelled(), schedule.deepening_cancelled()


GOES_ON = (False, False, False)
ALL = (True, True, True)


@pytest.mark.parametrize("first", [Job.OPEN, Job.UPDATE])
def test_the_first_job_is_due_at_once(first: Job) -> None:
    schedule = Schedule(first)
    assert (schedule.is_due, schedule.goal, cancelled(schedule)) == (True, Goal.ACTIVE, GOES_ON)
    assert schedule.take() is first


MERGED = {
    None: "UPDATE DEEPEN CHECK PAUSE PURGE REBUILD",
    Job.CHECK: "UPDATE DEEPEN CHECK PAUSE PURGE REBUILD",
    Job.DEEPEN: "UPDATE DEEPEN DEEPEN PAUSE PURGE REBUILD",
    Job.OPEN: "UPDATE OPEN OPEN PAUSE PURGE REBUILD",
    Job.UPDATE: "UPDATE UPDATE UPDATE PAUSE PURGE REBUILD",
    Job.PAUSE: "UPDATE PAUSE PAUSE PAUSE PURGE REBUILD",
    Job.PURGE: "REBUILD PURGE PURGE PURGE PURGE REBUILD",
    Job.REBUILD: "REBUILD REBUILD REBUILD PURGE PURGE REBUILD",
}
"""What becomes of a job that waits when UPDATE, DEEPEN, CHECK, PAUSE, PURGE, REBUILD is asked for."""


@pytest.mark.parametrize("waiting", MERGED)
def test_what_comes_meanwhile_is_merged_into_what_waits(waiting: Job | None) -> None:
    for job, expected in zip(MERGED[None].split(), MERGED[waiting].split(), strict=True):
        schedule = Schedule(waiting) if waiting is Job.OPEN else asked(*([waiting] if waiting else []))
        schedule.ask(Job[job])
        assert schedule.take() is Job[expected], job
        assert not schedule.is_due


@pytest.mark.parametrize(
    ("jobs", "goal"),
    [
        ([Job.CHECK, Job.DEEPEN], Goal.ACTIVE),
        ([Job.PAUSE], Goal.PAUSED),
        ([Job.PAUSE, Job.CHECK], Goal.PAUSED),
        ([Job.PAUSE, Job.UPDATE], Goal.ACTIVE),
        ([Job.PURGE], Goal.PURGED),
        ([Job.PURGE, Job.PAUSE], Goal.PURGED),
        ([Job.PAUSE, Job.PURGE], Goal.PURGED),
        ([Job.PURGE, Job.UPDATE], Goal.ACTIVE),
        ([Job.REBUILD], Goal.ACTIVE),
        ([Job.PURGE, Job.REBUILD], Goal.ACTIVE),
        ([Job.REBUILD, Job.PAUSE], Goal.PURGED),
    ],
)
def test_the_goal_is_what_the_person_said_last_and_a_deletion_stays(jobs: list[Job], goal: Goal) -> None:
    schedule = asked(*jobs)
    assert schedule.goal is goal
    schedule.take()
    assert schedule.goal is goal


def test_a_deleted_index_that_is_paused_stays_deleted() -> None:
    schedule = asked(Job.PURGE)
    schedule.take()
    schedule.ask(Job.PAUSE)
    assert (schedule.take(), schedule.goal) == (Job.PAUSE, Goal.PURGED)


@pytest.mark.parametrize("job", [Job.PAUSE, Job.PURGE, Job.REBUILD])
def test_what_runs_makes_way_for_jobs_that_interrupt(job: Job) -> None:
    schedule = asked(job)
    assert cancelled(schedule) == ALL
    schedule.take()
    # The watcher is stopped by the job itself; what is paused or deleted runs no more, what is rebuilt does.
    at_rest = job is not Job.REBUILD
    assert cancelled(schedule) == (False, at_rest, at_rest)


@pytest.mark.parametrize("job", [Job.UPDATE, Job.DEEPEN, Job.CHECK])
def test_other_jobs_wait_for_the_end_of_what_runs(job: Job) -> None:
    assert cancelled(asked(job)) == GOES_ON


def test_an_update_takes_a_pause_back() -> None:
    assert cancelled(asked(Job.PAUSE, Job.UPDATE)) == GOES_ON


@pytest.mark.parametrize("rest", [Job.PAUSE, Job.PURGE])
def test_a_late_change_on_disk_does_not_wake_what_is_at_rest(rest: Job) -> None:
    schedule = asked(rest)
    schedule.take()
    schedule.ask(Job.DEEPEN)
    assert not schedule.is_due


def test_who_cancels_an_update_pauses_it_and_changes_are_followed() -> None:
    schedule = resting()
    schedule.cancel_update()
    assert (schedule.goal, schedule.is_due) == (Goal.PAUSED, False)
    assert cancelled(schedule) == (False, True, True)
    schedule.ask(Job.UPDATE)
    assert (schedule.goal, cancelled(schedule)) == (Goal.ACTIVE, GOES_ON)


def test_who_cancels_an_update_cancels_the_next_that_waits_too() -> None:
    schedule = asked(Job.UPDATE)
    schedule.cancel_update()
    assert schedule.take() is Job.UPDATE
    assert schedule.update_cancelled()


def test_who_cancels_an_update_too_late_pauses_nothing() -> None:
    schedule = resting()
    schedule.cancel_update()
    schedule.finish_update()
    assert (schedule.goal, cancelled(schedule)) == (Goal.ACTIVE, GOES_ON)


@pytest.mark.parametrize(("job", "goal"), [(Job.PAUSE, Goal.PAUSED), (Job.PURGE, Goal.PURGED)])
def test_an_update_that_ends_leaves_what_interrupts_it(job: Job, goal: Goal) -> None:
    schedule = asked(job)
    schedule.finish_update()
    assert (schedule.goal, schedule.take()) == (goal, job)


def test_cancelling_an_update_keeps_no_index_from_being_made_again_or_deleted() -> None:
    schedule = asked(Job.REBUILD)
    schedule.cancel_update()
    assert (schedule.take(), schedule.update_cancelled()) == (Job.REBUILD, False)
    schedule = asked(Job.PURGE)
    schedule.cancel_update()
    assert schedule.goal is Goal.PURGED


@pytest.mark.parametrize("job", [Job.UPDATE, Job.DEEPEN, Job.REBUILD])
def test_the_deep_tier_is_cancelled_alone_until_a_job_is_asked_for(job: Job) -> None:
    schedule = asked(Job.UPDATE)
    schedule.cancel_deepening()
    schedule.ask(Job.CHECK)
    assert (schedule.take(), schedule.goal) == (Job.UPDATE, Goal.ACTIVE)
    assert cancelled(schedule) == (False, False, True)
    schedule.ask(job)
    assert schedule.take() is job
    assert cancelled(schedule) == GOES_ON


def test_new_options_resume_the_deep_tier() -> None:
    schedule = resting()
    schedule.cancel_deepening()
    schedule.reopen(Job.UPDATE)
    schedule.reopened()
    assert cancelled(schedule) == GOES_ON


@pytest.mark.parametrize("first", [Job.OPEN, Job.UPDATE])
def test_new_options_interrupt_what_runs_and_begin_again(first: Job) -> None:
    schedule = resting()
    schedule.finish_update()
    schedule.reopen(first)
    assert (schedule.reopening, cancelled(schedule)) == (True, ALL)
    assert schedule.take() is first
    # Until the workspace is opened, nothing runs with the old options.
    assert cancelled(schedule) == ALL
    schedule.reopened()
    assert cancelled(schedule) == GOES_ON


@pytest.mark.parametrize("is_taken", [False, True])
def test_new_options_leave_paused_what_is_paused(is_taken: bool) -> None:
    schedule = asked(Job.PAUSE)
    if is_taken:
        schedule.take()
    schedule.reopen(Job.UPDATE)
    assert (schedule.take(), schedule.goal, schedule.reopening) == (Job.PAUSE, Goal.PAUSED, True)


def test_new_options_leave_paused_what_was_cancelled() -> None:
    schedule = asked(Job.UPDATE)
    schedule.cancel_update()
    schedule.reopen(Job.UPDATE)
    assert (schedule.take(), schedule.goal) == (Job.PAUSE, Goal.PAUSED)


def test_new_options_do_not_bring_a_deleted_index_back() -> None:
    schedule = asked(Job.PURGE)
    schedule.reopen(Job.UPDATE)
    assert schedule.take() is Job.PURGE
    schedule.reopen(Job.UPDATE)
    assert (schedule.is_due, schedule.goal, schedule.reopening) == (False, Goal.PURGED, True)


def test_new_options_do_not_keep_an_index_that_is_to_be_made_again() -> None:
    schedule = asked(Job.REBUILD)
    schedule.reopen(Job.OPEN)
    assert (schedule.take(), schedule.goal) == (Job.REBUILD, Goal.ACTIVE)


def test_new_options_keep_an_update_that_waits() -> None:
    schedule = asked(Job.UPDATE)
    schedule.reopen(Job.OPEN)
    assert schedule.take() is Job.UPDATE


@pytest.mark.parametrize("job", [Job.UPDATE, Job.REBUILD])
def test_new_options_keep_an_update_that_runs(job: Job) -> None:
    schedule = resting(job)
    schedule.reopen(Job.OPEN)
    assert schedule.take() is Job.UPDATE
    schedule.finish_update()
    schedule.reopen(Job.OPEN)
    assert schedule.take() is Job.OPEN


def test_new_options_keep_an_update_of_a_busy_index() -> None:
    schedule = resting()
    schedule.retry(105.0)
    assert schedule.take() is Job.UPDATE
    schedule.retry(110.0)
    schedule.reopen(Job.OPEN)
    assert schedule.take() is Job.UPDATE


def test_an_idle_index_is_checked() -> None:
    schedule = resting()
    assert schedule.patience(100.0, IDLE) == IDLE
    assert schedule.take() is Job.CHECK


def test_a_busy_index_is_tried_again() -> None:
    schedule = resting()
    schedule.retry(105.0)
    assert (schedule.patience(100.0, IDLE), schedule.patience(106.0, IDLE)) == (5.0, 0.0)
    assert schedule.take() is Job.UPDATE
    assert schedule.patience(106.0, IDLE) == IDLE


def test_a_look_at_a_busy_index_does_not_put_off_the_next_try() -> None:
    schedule = resting()
    schedule.retry(105.0)
    schedule.ask(Job.CHECK)
    assert (schedule.is_due, schedule.take()) == (True, Job.CHECK)
    assert schedule.patience(101.0, IDLE) == 4.0
    assert schedule.take() is Job.UPDATE


@pytest.mark.parametrize("job", [Job.UPDATE, Job.DEEPEN, Job.PAUSE, Job.PURGE, Job.REBUILD])
def test_any_other_job_takes_the_place_of_the_next_try(job: Job) -> None:
    schedule = resting()
    schedule.retry(105.0)
    schedule.ask(job)
    assert schedule.take() is job
    assert schedule.patience(100.0, IDLE) == IDLE


@pytest.mark.parametrize("jobs", [[], [Job.UPDATE], [Job.PURGE]])
def test_the_end_interrupts_everything_and_takes_no_job(jobs: list[Job]) -> None:
    schedule = asked(*jobs)
    schedule.stop()
    assert (schedule.is_due, schedule.is_stopping, cancelled(schedule)) == (True, True, ALL)
    assert schedule.take() is None
