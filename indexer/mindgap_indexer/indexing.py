"""Keeping the store equal to the workspace: only what changed is parsed, only new content is encoded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mindgap_indexer.encoding import EmbeddingModel, quantise
from mindgap_indexer.errors import Cancelled, WorkspaceError
from mindgap_indexer.memory import peak_rss_mb
from mindgap_indexer.preparing import digest_of, prepare_file, trusted_mtime
from mindgap_indexer.store import PreparedFile, Store, StoredFile, StoreWriter
from mindgap_indexer.types import (
    CancelCheck,
    IndexSummary,
    Passage,
    Progress,
    ProgressCallback,
    SkipReason,
    SourceFile,
    Tier,
)
from mindgap_indexer.workspace_rules import WorkspaceRules

BATCH_BYTES = 2_000_000
BATCH_FILES = 256
DEEP_BATCH = 64
"""Passages that the deep tier encodes between two looks at the cancel flag."""


@dataclass(slots=True)
class _Run:
    """What one update did so far."""

    started: float = field(default_factory=time.perf_counter)
    changed: int = 0
    removed: int = 0
    units: int = 0
    encoded: int = 0
    unreadable: int = 0


class Indexer:
    """Updates one store from one workspace root."""

    def __init__(self, rules: WorkspaceRules, store: Store, model: EmbeddingModel) -> None:
        self._rules = rules
        self._store = store
        self._model = model

    def update(
        self, progress: ProgressCallback = lambda _: None, cancelled: CancelCheck = lambda: False
    ) -> IndexSummary:
        """Bring the whole index up to date.

        Each batch is committed by itself: a cancelled or killed run is continued by the next one. Raises
        Cancelled, and StoreBusyError when another process is indexing.
        """
        run = _Run()
        self._store.bind_model(Tier.INSTANT, self._model.fingerprint, self._model.dimension)
        with self._store.writer() as writer:
            progress(Progress("scan", 0, 0))
            scan = self._rules.scan(cancelled)
            known = self._store.reader().files()
            present = {file.path for file in scan.files}
            self._remove(writer, (path for path in known if path not in present), run)
            changed = [file for file in scan.files if _differs(file, known.get(file.path))]
            self._index(writer, changed, known, run, progress, cancelled)
            writer.finish()
            self._store.mark_indexed()
        skipped = Counter(scan.skipped)
        if run.unreadable:
            skipped[SkipReason.UNREADABLE.value] += run.unreadable
        return self._summary(run, skipped)

    def update_paths(
        self, paths: Iterable[str], cancelled: CancelCheck = lambda: False
    ) -> IndexSummary | None:
        """Bring the index up to date for these paths (files or folders) alone; None if nothing changed."""
        run = _Run()
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
                return self.update(cancelled=cancelled)
            else:
                gone += reader.paths_at_or_below(path)
        if not files and not gone:
            return None
        with self._store.writer() as writer:
            self._remove(writer, gone, run)
            known = {file.path: stored for file in files if (stored := reader.file(file.path))}
            self._index(writer, files, known, run, lambda _: None, cancelled)
        return self._summary(run, Counter()) if run.changed or run.removed else None

    def deepen(
        self,
        model: EmbeddingModel,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
    ) -> int:
        """Encode what has no deep vector yet, recently changed files first; answers how many contents.

        Each batch is committed by itself. Raises Cancelled.
        """
        self._store.bind_model(Tier.DEEP, model.fingerprint, model.dimension)
        missing = self._store.reader().contents_without(Tier.DEEP)
        total, done = len(set[bytes]().union(*missing.values())), 0
        progress(Progress("deep", 0, total))
        for batch in self._batches_of_passages(missing):
            if cancelled():
                raise Cancelled
            vectors = encode(model, batch)
            with self._store.writer() as writer:
                writer.write_vectors(Tier.DEEP, vectors)
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
                    # A transformer reads the head before the body anyway, and its time is dear.
                    batch[unit.content_hash] = tuple(p for p in unit.passages if p.body) or unit.passages
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
            return prepare_file(verdict, self._rules.read(path))
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
        for batch in _batches(files):
            prepared: list[PreparedFile] = []
            same: list[tuple[str, int, int]] = []
            for file in batch:
                if cancelled():
                    raise Cancelled
                self._prepare(file, known.get(file.path), prepared, same, run)
            writer.touch_files(same)
            self._write(writer, prepared, run)
            done += len(batch)
            progress(Progress("index", done, len(files), run.units))

    def _prepare(
        self,
        file: SourceFile,
        stored: StoredFile | None,
        prepared: list[PreparedFile],
        same: list[tuple[str, int, int]],
        run: _Run,
    ) -> None:
        """Read one file into `prepared`, or into `same` when only its time stamp is new."""
        try:
            data = self._rules.read(file.path)
        except WorkspaceError:
            # It vanished or was locked since the scan; the watcher or the next run will see it again.
            run.unreadable += 1
            return
        if stored is not None and stored.digest == digest_of(data):
            same.append((file.path, len(data), trusted_mtime(file.mtime_ns)))
        else:
            prepared.append(prepare_file(file, data, self._rules.judge_content(file.path, data)))

    def _write(self, writer: StoreWriter, files: Sequence[PreparedFile], run: _Run) -> None:
        passages = {unit.content_hash: unit.passages for file in files for unit in file.units}
        missing = writer.missing_contents(passages, Tier.INSTANT)
        vectors = encode(self._model, {key: passages[key] for key in passages if key in missing})
        writer.write_files(files, vectors)
        run.changed += len(files)
        run.units += sum(len(file.units) for file in files)
        run.encoded += len(vectors)

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


def encode(model: EmbeddingModel, contents: Mapping[bytes, Sequence[Passage]]) -> dict[bytes, list[bytes]]:
    """Int8 vectors of each content's passages, encoded in one batch."""
    if not contents:
        return {}
    flat = [passage for passages in contents.values() for passage in passages]
    rows = iter(quantise(model.embed_units(flat)))
    return {key: [next(rows).tobytes() for _ in passages] for key, passages in contents.items()}


def _differs(file: SourceFile, stored: StoredFile | None) -> bool:
    return stored is None or (file.size, file.mtime_ns) != (stored.size, stored.mtime_ns)


def _batches(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Runs of files of bounded number and size: what one transaction holds, and memory."""
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.size
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
