"""Processes that read, parse and encode files side by side, for the first index of a large workspace.

They are programs of their own that speak over their pipes, not children of multiprocessing, which would run
the caller's main module again and needs a guard in it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from mindgap_indexer.batches import Batch, Wanted, prepare_batch, without_text
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.errors import MindgapError
from mindgap_indexer.store import Store
from mindgap_indexer.types import Tier
from mindgap_indexer.workspace_rules import WorkspaceRules

IN_FLIGHT = 2
"""Batches for each worker that may be waiting to be written: bounds memory."""
NICENESS = 5
"""How much a worker stands back behind what the person is doing."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker has to know before its first batch."""

    root: Path
    max_file_bytes: int
    exclude: tuple[str, ...]
    index_folder: Path
    model: EmbeddingModel


class Crew:
    """Some workers; leave the context to end them."""

    def __init__(self, assignment: Assignment, size: int) -> None:
        self._size = size
        self._idle: deque[_Worker] = deque(_Worker(assignment) for _ in range(size))
        self._threads = ThreadPoolExecutor(size, "mindgap-crew")
        self._all = list(self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.end()
        self._threads.shutdown(cancel_futures=True)

    def work(self, batches: Iterable[Wanted]) -> Iterator[tuple[Wanted, Batch]]:
        """What becomes of these batches, in their order."""
        waiting: deque[tuple[Wanted, Future[Batch]]] = deque()
        for wanted in batches:
            waiting.append((wanted, self._threads.submit(self._do, wanted)))
            if len(waiting) >= self._size * IN_FLIGHT:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()

    def _do(self, wanted: Wanted) -> Batch:
        # As many threads as workers: one is idle.
        worker = self._idle.popleft()
        try:
            return worker.do(wanted)
        finally:
            self._idle.append(worker)


class _Worker:
    """A process on the other end of two pipes."""

    def __init__(self, assignment: Assignment) -> None:
        self._process = subprocess.Popen(
            _program(),
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._assignment: Assignment | None = assignment

    def do(self, wanted: Wanted) -> Batch:
        """Have a batch prepared."""
        try:
            if self._assignment is not None:
                assignment, self._assignment = self._assignment, None
                _send(self._process.stdin, assignment)
            _send(self._process.stdin, wanted)
            answer = pickle.load(self._process.stdout or _closed())
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise MindgapError(
                "A process that helped to index ended unexpectedly. What it did not finish is indexed by the "
                "next run; set the number of workers to 1 if this happens again."
            ) from error
        if isinstance(answer, BaseException):
            raise answer
        batch: Batch = answer
        return batch

    def end(self) -> None:
        """Let it go; a batch that it is at is lost."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            # What it was to be told cannot be flushed any more.
            with contextlib.suppress(OSError):
                (pipe or _closed()).close()
        self._process.wait()


def _program() -> list[str]:
    """A helper's program, which finds packages exactly where this process does.

    Isolated (`-I`): else Python looks in the working folder first, a workspace perhaps that has a `numpy.py`.
    """
    path = [folder for folder in sys.path if os.path.isabs(folder)]
    cache = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    code = f"import sys; sys.path[:] = {path!r}; from {__name__} import serve; serve()"
    return [sys.executable, "-I", *cache, "-c", code]


def serve() -> None:
    """A worker's life: an assignment and then batches come in, answers go out, until the pipe is closed."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever else writes to standard output must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICENESS)
    # Whoever is gone has closed the pipe.
    with contextlib.suppress(EOFError, BrokenPipeError):
        assignment: Assignment = pickle.load(requests)
        rules = WorkspaceRules(assignment.root, assignment.max_file_bytes, assignment.exclude)
        with Store(assignment.index_folder) as store:
            while True:
                wanted: Wanted = pickle.load(requests)
                _send(answers, _answer(rules, assignment.model, store, wanted))


def _answer(rules: WorkspaceRules, model: EmbeddingModel, store: Store, wanted: Wanted) -> Batch | Exception:
    try:
        reader = store.reader()
        batch = prepare_batch(rules, model, lambda keys: reader.missing(keys, Tier.INSTANT), wanted)
        return without_text(batch)
    except Exception as error:  # it is the parent's to handle
        return error


def _send(pipe: IO[bytes] | None, value: object) -> None:
    stream = pipe or _closed()
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _closed() -> Any:  # noqa: ANN401
    raise EOFError
