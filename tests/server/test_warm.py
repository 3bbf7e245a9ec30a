from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mindgap_server.warm import WarmFirst


@pytest.fixture
def threads() -> Iterator[WarmFirst]:
    with WarmFirst(3, "test") as pool:
        yield pool


def name() -> str:
    return threading.current_thread().name


def test_work_after_work_is_done_by_one_thread(threads: WarmFirst) -> None:
    assert {threads.submit(name).result() for _ in range(10)} == {"test-0_0"}


def test_work_that_waits_for_nobody_is_done_at_once(threads: WarmFirst) -> None:
    held = threading.Event()
    busy = [threads.submit(held.wait, 10) for _ in range(2)]
    assert threads.submit(name).result(10) == "test-2_0"
    held.set()
    assert [future.result() for future in busy] == [True, True]
    assert threads.submit(name).result() == "test-0_0"


def test_more_work_than_threads_waits_and_is_done(threads: WarmFirst) -> None:
    assert [threads.submit(pow, number, 2) for number in range(20)][-1].result() == 361


def test_a_failure_leaves_the_thread_at_work(threads: WarmFirst) -> None:
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 1, 0).result()
    assert threads.submit(name).result() == "test-0_0"


def test_what_is_cancelled_before_it_began_does_not_count(threads: WarmFirst) -> None:
    held = threading.Event()
    futures = [threads.submit(held.wait, 10) for _ in range(9)]
    assert futures[-1].cancel()
    held.set()
    for future in futures[:-1]:
        future.result()
    assert threads.submit(name).result() == "test-0_0"


def test_after_the_end_there_is_no_more_work(threads: WarmFirst) -> None:
    threads.shutdown()
    with pytest.raises(RuntimeError):
        threads.submit(name)
