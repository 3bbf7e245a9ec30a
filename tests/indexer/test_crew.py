"""Batches shared out among the process that writes and those that help it."""

from __future__ import annotations

import threading
from pathlib import Path

from mindgap_indexer.batches import Batch, Wanted, in_batches, prepare_batch
from mindgap_indexer.crew import Assignment, Crew, Packed
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
