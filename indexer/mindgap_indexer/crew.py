"""Processes that read, parse and encode files beside this one, for the first index of a large workspace."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from mindgap_indexer import guard
from mindgap_indexer.batches import Batch, Wanted, prepare_batch, without_text
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.errors import MindgapError
from mindgap_indexer.helper import Helper, HelperEndedError, conversation, leave_with, limited_cpu, send
from mindgap_indexer.languages import Language, load_grammar
from mindgap_indexer.memory import collect_seldom
from mindgap_indexer.pacing import searches
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.store import PreparedFile, Store
from mindgap_indexer.types import ParsedFile, Tier
from mindgap_indexer.workspace_rules import WorkspaceRules

log = logging.getLogger(__name__)

ENTRY = f"{__name__}:serve"
"""What a worker runs."""
IN_FLIGHT = 3
"""Batches for each worker that may be under way or waiting to be written: bounds memory."""
NICENESS = 19
"""How much a worker stands back behind what the person is doing."""
BATCH_SECONDS = 900.0
"""After that a batch is taken to hang, on systems that cannot tell by the time that was computed."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker has to know before its first batch."""

    root: Path
    max_file_bytes: int
    exclude: tuple[str, ...]
    index_folder: Path
    model: EmbeddingModel

    @classmethod
    def of(cls, rules: WorkspaceRules, store: Store, model: EmbeddingModel) -> Assignment:
        """Of a workspace."""
        return cls(rules.root, rules.max_file_bytes, rules.extra_excludes, store.path.parent, model)


class Crew:
    """Some workers; leave the context to end them."""

    def __init__(self, assignment: Assignment, size: int) -> None:
        self._size = size
        self._assignment = assignment
        self._changing = threading.Lock()
        self._ended = False
        self._all: list[Helper] = []
        self._idle: deque[Helper] = deque(self._hire() for _ in range(size))
        self._threads = ThreadPoolExecutor(size, "mindgap-crew")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changing:
            self._ended = True
            for worker in self._all:
                worker.end()
        self._threads.shutdown(cancel_futures=True)

    def work(
        self, batches: Iterable[Wanted], prepare: Callable[[Wanted], Batch]
    ) -> Iterator[tuple[Wanted, Batch]]:
        """What becomes of these batches, in the order in which they are ready.

        While none of the workers is ready with one, this process makes one ready itself, by `prepare`: at the
        end those that wait for a worker, so that nobody is idle while another still has several to do.
        """
        coming = iter(batches)
        theirs: dict[Future[Packed], Wanted] = {}
        while True:
            for wanted in islice(coming, self._size * IN_FLIGHT - len(theirs)):
                theirs[self._threads.submit(self._do, wanted)] = wanted
            ready = next((future for future in theirs if future.done()), None)
            own = None if ready else next(coming, None) or self._take_back(theirs)
            if own is not None:
                yield own, prepare(own)
            elif theirs:
                ready = ready or next(as_completed(theirs))
                yield theirs.pop(ready), ready.result().unpacked()
            else:
                return

    def _take_back(self, theirs: dict[Future[Packed], Wanted]) -> Wanted | None:
        """The last batch that no worker has begun."""
        waiting = list(theirs)[self._size :]
        future = next((future for future in reversed(waiting) if future.cancel()), None)
        return theirs.pop(future) if future else None

    def _do(self, wanted: Wanted) -> Packed:
        # As many threads as workers: one is idle.
        worker = self._idle.popleft()
        try:
            answer: object = worker.ask(wanted, BATCH_SECONDS)
        except HelperEndedError as error:
            worker = self._hire()  # first: when the crew is being sent home, it is no news that they end
            log.warning("A process that helped to index ended (%s); trying again file by file.", error)
            answer = self._ask_again(worker, replace(wanted, careful=True))
        finally:
            self._idle.append(worker)
        if isinstance(answer, BaseException):
            raise answer
        return cast("Packed", answer)

    def _ask_again(self, worker: Helper, wanted: Wanted) -> object:
        try:
            return worker.ask(wanted)
        except HelperEndedError as error:
            raise MindgapError(
                "A process that helped to index ended unexpectedly. What it did not finish is indexed by the "
                "next run; set the number of workers to 1 if this happens again."
            ) from error

    def _hire(self) -> Helper:
        """A new worker, which knows what to do. Raises MindgapError when the crew is being sent home."""
        with self._changing:
            if self._ended:
                raise MindgapError("Indexing was stopped.")
            worker = Helper(ENTRY)
            self._all.append(worker)
        with contextlib.suppress(HelperEndedError):  # its first batch will tell
            worker.tell(self._assignment)
        return worker


def serve() -> None:
    """A worker's life: an assignment and then batches come in, answers go out."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICENESS)
    collect_seldom()
    with conversation() as (requests, answers):
        leave_with(requests)
        assignment: Assignment = pickle.load(requests)
        rules = WorkspaceRules(assignment.root, assignment.max_file_bytes, assignment.exclude)
        with Store(assignment.index_folder) as store:
            while True:
                wanted: Wanted = pickle.load(requests)
                send(answers, _answer(rules, assignment.model, store, wanted))


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch, its files packed one by one until they are written.

    As values they take several times as much memory, and to read one large value stops all other threads.
    """

    batch: Batch
    files: Sequence[bytes]

    @classmethod
    def of(cls, batch: Batch) -> Packed:
        """Pack a batch."""
        files = [pickle.dumps(file, pickle.HIGHEST_PROTOCOL) for file in batch.prepared]
        return cls(replace(batch, prepared=[]), files)

    def unpacked(self) -> Batch:
        """The batch again; between two files searches come first."""
        return replace(self.batch, prepared=[self._unpacked(file) for file in self.files])

    @staticmethod
    def _unpacked(file: bytes) -> PreparedFile:
        searches.give_way()
        return cast("PreparedFile", pickle.loads(file))


def _answer(rules: WorkspaceRules, model: EmbeddingModel, store: Store, wanted: Wanted) -> Packed | Exception:
    try:
        reader = store.reader()
        parse = guard.parse if wanted.careful else _parse_or_end
        batch = prepare_batch(
            rules, model, lambda keys: reader.missing(keys, Tier.INSTANT), wanted, parse=parse
        )
        return Packed.of(without_text(batch))
    except Exception as error:  # it is the parent's to handle
        return error


def _parse_or_end(data: bytes, language: Language, stem: str) -> ParsedFile:
    load_grammar(language)  # takes a while at the first time, which is no fault of the file
    with limited_cpu(guard.cpu_seconds(data)):
        return parse_source(data, language, stem)
