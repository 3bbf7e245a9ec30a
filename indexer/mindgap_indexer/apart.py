"""A large update in a process of its own, so that searches do not share the interpreter's lock with it.

What it costs is half a second to start and the memory of one more process; what it gives is that a search
while a large workspace is indexed takes little longer than at rest.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from dataclasses import dataclass
from functools import partial

from mindgap_indexer.crew import NICENESS, Assignment
from mindgap_indexer.errors import Cancelled, MindgapError
from mindgap_indexer.helper import Helper, HelperEndedError, conversation, send
from mindgap_indexer.indexing import Indexer
from mindgap_indexer.memory import collect_seldom
from mindgap_indexer.store import Store
from mindgap_indexer.types import CancelCheck, IndexSummary, Progress, ProgressCallback
from mindgap_indexer.workspace_rules import WorkspaceRules

ENTRY = f"{__name__}:serve"
"""What the process runs."""
LOOK_AGAIN = 0.05
"""Between two looks whether the update is still wanted."""
STOP_SECONDS = 5.0
"""So long it may take to stop; then it is ended, which costs no more than the batch that it was at."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to index, and by how many processes."""

    assignment: Assignment
    workers: int


def update(order: Order, progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
    """What `Indexer.update` does and raises; OSError and HelperEndedError when the process was of no use."""
    helper, done = Helper(ENTRY), threading.Event()
    stopping = threading.Thread(target=_stop_when, args=(cancelled, helper, done), daemon=True)
    try:
        helper.tell(order)
        stopping.start()
        while isinstance(answer := helper.hear(), Progress):
            progress(answer)
    except HelperEndedError:
        if cancelled():
            raise Cancelled from None
        raise
    finally:
        done.set()
        helper.end()
    if isinstance(answer, BaseException):
        raise answer
    summary: IndexSummary = answer
    return summary


def _stop_when(cancelled: CancelCheck, helper: Helper, done: threading.Event) -> None:
    """Have the update stop once it is not wanted any more."""
    while not done.wait(LOOK_AGAIN):
        if cancelled():
            helper.hang_up()
            if not done.wait(STOP_SECONDS):
                helper.kill()
            return


# The other process


def serve() -> None:
    """Its life: an order comes in, progress and then a summary or an error go out."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICENESS)
    collect_seldom()
    with conversation() as (requests, answers):
        order: Order = pickle.load(requests)
        stopped = threading.Event()
        threading.Thread(target=_listen, args=(requests.fileno(), stopped), daemon=True).start()
        send(answers, _outcome(order, partial(send, answers), stopped.is_set))


def _listen(requests: int, stopped: threading.Event) -> None:
    """Wait for the end of the pipe: whoever asked has hung up, or is gone."""
    # Of the file itself: a buffered one would be locked, and the interpreter could not end meanwhile.
    with contextlib.suppress(OSError):
        os.read(requests, 1)
    stopped.set()


def _outcome(
    order: Order, progress: ProgressCallback, cancelled: CancelCheck
) -> IndexSummary | MindgapError | Cancelled:
    work = order.assignment
    rules = WorkspaceRules(work.root, work.max_file_bytes, work.exclude)
    try:
        with Store(work.index_folder) as store:
            return Indexer(rules, store, work.model, order.workers).update(progress, cancelled)
    except (MindgapError, Cancelled) as error:
        return error
