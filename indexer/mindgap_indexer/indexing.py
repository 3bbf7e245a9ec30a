"""Keeping the store equal to the workspace: only what changed is parsed, only new content is encoded."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mindgap_indexer import guard
from mindgap_indexer.batches import Batch, Wanted, encode, in_batches, prepare_batch, without_text
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.errors import Cancelled, WorkspaceError
from mindgap_indexer.memory import Trimmer, peak_rss_mb
from mindgap_indexer.pacing import Gate, SliceSize
from mindgap_indexer.parsing import without_head
from mindgap_indexer.preparing import prepare_file
from mindgap_indexer.store import PreparedFile, Store, StoredFile, StoreWriter
from mindgap_indexer.types import (
    CancelCheck,
    Changes,
    IndexSummary,
    Passage,
    Progress,
    ProgressCallback,
    SkipReason,
    SourceFile,
    Tier,
)
from mindgap_indexer.workspace_rules import WorkspaceRules

CREW_BYTES = 4_000_000
"""Less source than this is indexed by this process alone: helpers take half a second to start."""
TIDY_CONTENTS = 5_000
"""After so many new contents, those that no unit has any more are dropped beyond a limit: every save makes
some, and a server that only follows changes would keep them all."""
DEEP_BATCH = 64
"""Passages that the deep tier encodes between two looks at the cancel flag."""


class TooMuch(Exception):  # noqa: N818 - no failure: the caller asked to be told
    """More is to be indexed than whoever asked wants to have indexed here."""


@dataclass(slots=True)
class _Run:
    """What one update did so far."""

    most_bytes: float = math.inf
    started: float = field(default_factory=time.perf_counter)
    changed: int = 0
    removed: int = 0
    units: int = 0
    encoded: int = 0
    unreadable: int = 0

    def check(self, files: Iterable[SourceFile]) -> None:
        """Raises TooMuch when these are, before anything is done."""
        if sum(file.size for file in files) > self.most_bytes:
            raise TooMuch

    def note(self, batch: Batch) -> None:
        """Count what became of a batch."""
        self.changed += len(batch.prepared)
        self.units += sum(len(file.units) for file in batch.prepared)
        self.encoded += len(batch.encoded)
        self.unreadable += batch.unreadable


Work = Callable[[Iterable[Wanted], CancelCheck], Iterator[tuple[Wanted, Batch]]]
"""Prepares batches one after the other."""


class Indexer:
    """Updates one store from one workspace root."""

    def __init__(self, rules: WorkspaceRules, store: Store, model: EmbeddingModel, workers: int = 1) -> None:
        self._rules = rules
        self._store = store
        self._model = model
        self._workers = workers
        self._trimmer = Trimmer()
        self._untidy = 0
        """New contents since the last time that unused ones were dropped."""

    def update(
        self,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        most_bytes: float = math.inf,
    ) -> IndexSummary:
        """Bring the whole index up to date.

        Each batch is committed by itself: a cancelled or killed run is continued by the next one. Raises
        Cancelled, StoreBusyError when another process is indexing, and TooMuch when more than `most_bytes`
        of source are to be indexed, before the first of it is.
        """
        with self._store.writer() as writer:
            return self._update(writer, _Run(most_bytes), progress, cancelled)

    def _update(
        self,
        writer: StoreWriter,
        run: _Run,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
    ) -> IndexSummary:
        writer.bind(Tier.INSTANT, self._model.fingerprint, self._model.dimension)
        progress(Progress("scan", 0, 0))
        if self._store.reader().meta("indexed_at") is None:
            # There will be something to parse: what does it starts while the folder is scanned.
            guard.warm()
        scan = self._rules.scan(cancelled)
        known = self._store.reader().files()
        present = {file.path for file in scan.files}
        changed = [file for file in scan.files if _differs(file, known.get(file.path))]
        run.check(changed)
        self._remove(writer, (path for path in known if path not in present), run)
        self._index(writer, changed, known, run, progress, cancelled)
        writer.finish()
        self._store.mark_indexed()
        skipped = Counter(scan.skipped)
        if run.unreadable:
            skipped[SkipReason.UNREADABLE.value] += run.unreadable
        return self._summary(run, skipped)

    def update_paths(
        self,
        paths: Iterable[str],
        cancelled: CancelCheck = lambda: False,
        most_bytes: float = math.inf,
    ) -> Changes | None:
        """Bring the index up to date for these paths (files or folders) alone; None if nothing changed.

        An index that was never begun is left to `update`, and one of another model is made anew. Raises as
        `update` does.
        """
        run = _Run(most_bytes)
        reader = self._store.reader()
        files: list[SourceFile] = []
        gone: list[str] = []
        for path in sorted(set(paths)):
            verdict = self._rules.judge(path)
            if isinstance(verdict, SourceFile):
                if _differs(verdict, reader.file(path)):
                    files.append(verdict)
            elif (self._rules.root / path).is_dir() and self._rules.admits_folder(path) is None:
                # A folder that appeared: what is in it came without events of its own.
                return self.update(cancelled=cancelled, most_bytes=most_bytes).changes
            else:
                gone += reader.paths_at_or_below(path)
        if not files and not gone:
            return None
        with self._store.writer() as writer:
            is_ours = writer.holds(Tier.INSTANT, self._model.fingerprint)
            if not is_ours:
                return None if is_ours is None else self._update(writer, run, cancelled=cancelled).changes
            run.check(files)
            self._remove(writer, gone, run)
            known = {file.path: stored for file in files if (stored := reader.file(file.path))}
            self._index(writer, files, known, run, lambda _: None, cancelled)
            self._untidy += run.encoded
            if self._untidy > TIDY_CONTENTS:
                self._untidy = 0
                writer.finish()
        return Changes(run.changed, run.removed, run.encoded) if run.changed or run.removed else None

    def deepen(
        self,
        model: EmbeddingModel,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        gate: Gate | None = None,
    ) -> int:
        """Encode what has no deep vector yet, recently changed files first; answers how many contents.

        Each batch is committed by itself. With a gate, the work waits for it between slices of less than a
        tenth of a second. Raises Cancelled.
        """
        self._store.bind_model(Tier.DEEP, model.fingerprint, model.dimension)
        missing = self._store.reader().contents_without(Tier.DEEP)
        total, done = len(set[bytes]().union(*missing.values())), 0
        progress(Progress("deep", 0, total))
        for batch in self._batches_of_passages(missing):
            if cancelled():
                raise Cancelled
            vectors = _encode_in_slices(model, batch, gate, cancelled) if gate else encode(model, batch)
            with self._store.writer() as writer:
                if not writer.holds(Tier.DEEP, model.fingerprint):
                    # Another process has put another model in its place since.
                    return done
                writer.write_deep(vectors, _readings(model, batch))
            done += len(vectors)
            progress(Progress("deep", done, total))
        return done

    def _batches_of_passages(
        self, missing: Mapping[str, set[bytes]]
    ) -> Iterator[dict[bytes, tuple[Passage, ...]]]:
        """Passages of the missing contents, read again from their files."""
        batch: dict[bytes, tuple[Passage, ...]] = {}
        seen: set[bytes] = set()
        for path, wanted in missing.items():
            prepared = self._read(path)
            for unit in prepared.units if prepared else ():
                if unit.content_hash in wanted and unit.content_hash not in seen:
                    seen.add(unit.content_hash)
                    batch[unit.content_hash] = without_head(unit.passages)
                    if len(batch) >= DEEP_BATCH:
                        yield batch
                        batch = {}
        if batch:
            yield batch

    def _read(self, path: str) -> PreparedFile | None:
        verdict = self._rules.judge(path)
        if not isinstance(verdict, SourceFile):
            return None
        try:
            return prepare_file(verdict, self._rules.read(path), self._model.tokens)
        except WorkspaceError:
            return None

    def _remove(self, writer: StoreWriter, paths: Iterable[str], run: _Run) -> None:
        gone = list(paths)
        if gone:
            writer.remove_files(gone)
            run.removed += len(gone)

    def _index(
        self,
        writer: StoreWriter,
        files: Sequence[SourceFile],
        known: Mapping[str, StoredFile],
        run: _Run,
        progress: ProgressCallback,
        cancelled: CancelCheck,
    ) -> None:
        """Parse, encode and write these files batch by batch."""
        done = 0
        progress(Progress("index", 0, len(files)))
        wanted = (Wanted(batch, _digests(batch, known)) for batch in in_batches(files))
        size = sum(file.size for file in files)
        with self._helpers(size) as work:
            for task, batch in work(wanted, cancelled):
                writer.touch_files(batch.same)
                writer.write_files(batch.prepared, batch.encoded)
                run.note(batch)
                done += len(task.files)
                progress(Progress("index", done, len(files), run.units))
                if cancelled():
                    raise Cancelled
        self._trimmer.note(size)

    @contextmanager
    def _helpers(self, size: int) -> Generator[Work]:
        """Who prepares batches: other processes too when there are many bytes of source, else this one."""
        if self._workers < 2 or size < CREW_BYTES:
            yield self._prepare
            return
        from mindgap_indexer.crew import Assignment, Crew  # not at the top: little is indexed without

        with Crew(Assignment.of(self._rules, self._store, self._model), self._workers - 1) as crew:
            yield lambda wanted, cancelled: crew.work(wanted, self._preparer(cancelled))

    def _prepare(self, wanted: Iterable[Wanted], cancelled: CancelCheck) -> Iterator[tuple[Wanted, Batch]]:
        prepare = self._preparer(cancelled)
        return ((task, prepare(task)) for task in wanted)

    def _preparer(self, cancelled: CancelCheck) -> Callable[[Wanted], Batch]:
        """What prepares a batch in this process; it may raise Cancelled."""
        reader = self._store.reader()

        def stop_if_cancelled() -> None:
            if cancelled():
                raise Cancelled

        def missing(keys: Sequence[bytes]) -> set[bytes]:
            return reader.missing(keys, Tier.INSTANT)

        def prepare(task: Wanted) -> Batch:
            return without_text(prepare_batch(self._rules, self._model, missing, task, stop_if_cancelled))

        return prepare

    def _summary(self, run: _Run, skipped: Counter[str]) -> IndexSummary:
        reader = self._store.reader()
        files, units, languages = reader.counts()
        skipped.update({name: len(left_out) for name, left_out in reader.skipped_for_content().items()})
        seconds = time.perf_counter() - run.started
        return IndexSummary(
            files=files,
            units=units,
            languages=languages,
            skipped=dict(sorted(skipped.items())),
            files_changed=run.changed,
            files_removed=run.removed,
            units_encoded=run.encoded,
            seconds=seconds,
            units_per_second=run.units / seconds if seconds else 0.0,
            index_bytes=self._store.size_bytes,
            peak_rss_mb=peak_rss_mb(),
        )


def _encode_in_slices(
    model: EmbeddingModel, batch: Mapping[bytes, Sequence[Passage]], gate: Gate, cancelled: CancelCheck
) -> dict[bytes, list[bytes]]:
    size, left, vectors = SliceSize(DEEP_BATCH), list(batch), dict[bytes, list[bytes]]()
    while left:
        gate.pass_through(cancelled)
        part, left = left[: size.items], left[size.items :]
        started = time.perf_counter()
        vectors |= encode(model, {key: batch[key] for key in part})
        size.took(len(part), time.perf_counter() - started)
    return vectors


def _readings(model: EmbeddingModel, batch: Mapping[bytes, Sequence[Passage]]) -> dict[bytes, bytes]:
    """What the cross-encoder, where the model has one, reads of each content: its beginning."""
    if model.cross is None:
        return {}
    readings = model.cross.readings([passages[0] for passages in batch.values()])
    return dict(zip(batch, readings, strict=True))


def _differs(file: SourceFile, stored: StoredFile | None) -> bool:
    return stored is None or (file.size, file.mtime_ns) != (stored.size, stored.mtime_ns)


def _digests(files: Iterable[SourceFile], known: Mapping[str, StoredFile]) -> dict[str, bytes]:
    return {file.path: stored.digest for file in files if (stored := known.get(file.path)) is not None}
