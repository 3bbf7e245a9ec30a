"""Batches shared out among the process that writes and those that help it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mindgap_indexer import crew as crews
from mindgap_indexer.batches import Batch, Wanted, in_batches, prepare_batch
from mindgap_indexer.crew import Assignment, Crew, Packed
from mindgap_indexer.helper import Helper, conversation, leave_with, send
from mindgap_indexer.store import Store
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.conftest import WriteTree
from tests.fakes import hash_model


class Late(Crew):
    """Its worker does not begin before it is told to."""

    may_begin = threading.Event()

    def _do(self, wanted: Wanted) -> Packed:
        assert self.may_begin.wait(20)
        return super()._do(wanted)


def test_what_waits_for_a_worker_at_the_end_is_done_here(write_tree: WriteTree, tmp_path: Path) -> None:
    rules = WorkspaceRules(write_tree({f"m{i}.py": f"def task_{i}(): pass\n" for i in range(5)}))
    model = hash_model()
    tasks = [Wanted([file], {}) for batch in in_batches(rules.scan(lambda: False).files) for file in batch]
    here: list[str] = []

    with Store(tmp_path / "index") as store, Late(Assignment.of(rules, store, model), 1) as crew:

        def prepare(wanted: Wanted) -> Batch:
            here.extend(file.path for file in wanted.files)
            if len(here) == len(tasks) - 1:
                crew.may_begin.set()
            return prepare_batch(rules, model, set, wanted)

        done = {task.files[0].path: batch for task, batch in crew.work(tasks, prepare)}
    # The worker keeps its first; what it has not begun comes back, the last first.
    assert here == ["m3.py", "m4.py", "m2.py", "m1.py"]
    assert sorted(done) == [f"m{i}.py" for i in range(5)]
    assert all(len(batch.prepared) == len(batch.prepared[0].units) == 1 for batch in done.values())


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes of the system")


def busy() -> None:
    """A helper that says that it began, and then works on and on."""
    with conversation() as (requests, answers):
        leave_with(requests)
        send(answers, "began")
        time.sleep(600)


@posix_only
def test_workers_that_are_sent_home_are_no_news(
    write_tree: WriteTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(crews, "ENTRY", "signal:pause")  # takes what it is given and never answers
    rules = WorkspaceRules(write_tree({"a.py": "def one(): pass\n"}))
    wanted = Wanted(rules.scan(lambda: False).files, {})
    with Store(tmp_path / "index") as store:
        with Crew(Assignment.of(rules, store, hash_model()), 1) as crew:
            asked = crew._threads.submit(crew._do, wanted)  # pyright: ignore[reportPrivateUsage]
            while not asked.running():
                time.sleep(0.01)
        assert asked.exception() is not None
    assert caplog.text == ""


@posix_only
def test_a_worker_whose_parent_is_gone_ends_in_the_middle_of_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])
    helper = Helper(f"{__name__}:busy")
    assert helper.hear() == "began"
    helper.hang_up()
    assert helper._process.wait(20) == 0  # pyright: ignore[reportPrivateUsage]
    helper.end()


@pytest.mark.parametrize("length", [0, 1, 3, 20, 50_000])
def test_a_parent_that_is_gone_in_mid_sentence_is_no_error(length: int) -> None:
    said = io.BytesIO()
    send(said, os.urandom(100_000))
    ran = _run("from mindgap_indexer import guard; guard.serve()", said.getvalue()[:length])
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_a_sentence_that_makes_no_sense_is_an_error() -> None:
    ran = _run("from mindgap_indexer import guard; guard.serve()", b"nonsense")
    assert ran.returncode == 1
    assert b"UnpicklingError" in ran.stderr


def _run(code: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", code], input=stdin, capture_output=True, check=False)
