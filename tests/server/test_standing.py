"""How a root stands by what its worker says and what the watcher's thread finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindgap_indexer.errors import StoreError, WorkspaceError
from mindgap_indexer.types import Progress
from mindgap_server.session.standing import NOTHING_RUNS, Standing, State
from tests.server.session_fakes import folder_of

HALF = Progress("index", 3, 6)


class Counted:
    """How a folder stands, and how often that was said to have changed."""

    def __init__(self) -> None:
        self.changes = 0
        self.standing = Standing(folder_of(Path("/folder")), self._count)

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_state_takes_the_place_of_the_one_before(counted: Counted) -> None:
    standing = counted.standing
    assert standing.report.state is State.OPENING
    standing.become(State.INDEXING, "Mending.")
    standing.advance(HALF)
    report = standing.report
    assert (report.state, report.message, report.progress) == (State.INDEXING, "Mending.", HALF)
    standing.become(State.READY)
    report = standing.report
    assert (report.state, report.message, report.progress) == (State.READY, None, NOTHING_RUNS)
    assert counted.changes == 3


def test_a_large_change_counts_as_indexing_while_nothing_else_does(counted: Counted) -> None:
    standing = counted.standing
    standing.become(State.READY)
    standing.catch_up(HALF)
    assert (standing.report.state, standing.report.progress) == (State.INDEXING, HALF)
    assert standing.worker.state is State.READY
    standing.become(State.PAUSED)
    assert (standing.report.state, standing.report.progress) == (State.PAUSED, NOTHING_RUNS)
    assert counted.changes == 3
    for _ in range(2):
        standing.catch_up(None)
    assert counted.changes == 4


@pytest.mark.parametrize("state", State)
def test_a_folder_that_is_lost_is_an_error_of_a_root_that_is_ready(counted: Counted, state: State) -> None:
    standing = counted.standing
    standing.become(state)
    standing.lose(WorkspaceError("It is gone."))
    lost = state is State.READY
    assert standing.is_lost == lost
    assert (standing.report.state, standing.report.message) == (
        (State.ERROR, "It is gone.") if lost else (state, None)
    )


def test_a_folder_is_lost_until_another_state_is_taken(counted: Counted) -> None:
    standing = counted.standing
    standing.fail(WorkspaceError("It is gone."))
    assert standing.is_lost
    standing.advance(HALF)
    assert standing.is_lost
    standing.become(State.READY)
    assert (standing.is_lost, standing.report.state, standing.report.message) == (False, State.READY, None)


def test_another_error_is_not_over_when_the_folder_is_there(counted: Counted) -> None:
    standing = counted.standing
    standing.fail(WorkspaceError("It is gone."))
    standing.fail(StoreError("The index is damaged."))
    assert not standing.is_lost
