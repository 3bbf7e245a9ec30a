"""A workspace: one root folder, its index, and everything one can ask of it."""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mindgap_indexer import guard, paths
from mindgap_indexer.encoding import EmbeddingModel, load_deep, load_default
from mindgap_indexer.encoding.model import made_by_default_deep
from mindgap_indexer.errors import StoreBusyError
from mindgap_indexer.freshness import LiveFiles, OpenBuffers, ParsedFiles
from mindgap_indexer.helper import HelperEndedError
from mindgap_indexer.indexing import CREW_BYTES, Indexer, TooMuch
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.overlay import NOTHING, Overlaid, Overlay
from mindgap_indexer.pacing import Gate, searches
from mindgap_indexer.parsing.text import SourceText
from mindgap_indexer.redaction import redact
from mindgap_indexer.search import DEFAULT_LIMIT, Searcher
from mindgap_indexer.store import Store
from mindgap_indexer.store.database import DamagedIndexError
from mindgap_indexer.store.health import Part
from mindgap_indexer.together import Prospects, settle
from mindgap_indexer.types import (
    CancelCheck,
    Changes,
    Filters,
    Hit,
    IndexStatus,
    IndexSummary,
    Mode,
    ProgressCallback,
    SearchResult,
    Skipped,
    SkipReason,
    Tier,
)
from mindgap_indexer.workspace_rules import EXAMPLES_PER_REASON, WorkspaceRules

if TYPE_CHECKING:
    from mindgap_indexer.watching import ChangeBatch, Watcher

log = logging.getLogger(__name__)


class Workspace:
    """One root folder with its index. Open it with `Workspace.open`; safe to use from several threads."""

    def __init__(
        self,
        rules: WorkspaceRules,
        store: Store,
        instant: EmbeddingModel,
        options: IndexOptions,
        *,
        apart: bool = False,
    ) -> None:
        self.root = rules.root
        self._rules = rules
        self._store = store
        self._instant = instant
        self._options = options
        self._most_bytes = CREW_BYTES if apart else math.inf
        self._updating = threading.Lock()
        """One update at a time: that of another process would find the index busy with ours, and say so."""
        self._deep: EmbeddingModel | None = None
        self._indexer = Indexer(rules, store, instant, options.worker_count)
        self._parsed = ParsedFiles()
        self._overlay = Overlay(rules, instant)
        self._gate = Gate(options.pause_on_battery, options.pause_under_load)

    @classmethod
    def open(
        cls,
        root: str | Path,
        options: IndexOptions = IndexOptions(),
        model: EmbeddingModel | None = None,
        *,
        apart: bool = False,
    ) -> Self:
        """Open a folder with its index, which is made empty if there is none.

        `apart` has large updates made by another process, so that they do not slow down searches in this one.
        Raises WorkspaceError when the folder cannot be read, StoreError when the index cannot be opened,
        ModelError when the model is damaged.
        """
        rules = WorkspaceRules(Path(root), options.max_file_bytes, options.exclude)
        store = Store(paths.index_folder(rules.root))
        return cls(rules, store, model or load_default(), options, apart=apart)

    def close(self) -> None:
        """Close the index."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_indexed(self) -> bool:
        """The whole workspace was indexed at least once, with the present model."""
        reader = self._store.reader()
        current = reader.meta(f"fingerprint.{Tier.INSTANT}") == self._instant.fingerprint
        return current and reader.meta("indexed_at") is not None

    def index(
        self, progress: ProgressCallback = lambda _: None, cancelled: CancelCheck = lambda: False
    ) -> IndexSummary:
        """Bring the index up to date with the folder; a damaged one is built anew.

        Raises Cancelled and StoreBusyError.
        """
        try:
            return self._update(progress, cancelled)
        except DamagedIndexError as error:
            log.warning("%s It is built anew.", error)
            self._store.replace()
            return self._update(progress, cancelled)

    def _update(self, progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
        with self._updating:
            try:
                return self._indexer.update(progress, cancelled, self._most_bytes)
            except TooMuch:
                return self._update_apart(progress, cancelled)

    def _update_apart(self, progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
        """An update by another process, or here when that fails."""
        from mindgap_indexer import apart  # not at the top: a search does without it
        from mindgap_indexer.crew import Assignment

        assignment = Assignment.of(self._rules, self._store, self._instant)
        try:
            return apart.update(
                apart.Order(assignment, self._options.worker_count_apart), progress, cancelled
            )
        except (OSError, HelperEndedError) as error:
            log.warning("The process that indexes ended or did not start (%s); going on in this one.", error)
            return self._indexer.update(progress, cancelled)

    def check(self, *, deeply: bool = False) -> list[str]:
        """What is wrong with the index, a sentence each; empty: it is sound.

        The parts are counted against each other, and a function that is known to be there is searched for.
        Deeply: every page of the index is read as well.
        """
        try:
            problems = [problem.message for problem in self._store.problems(deeply=deeply)]
            return problems or self._ask_the_known()
        except DamagedIndexError as error:
            return [str(error)]

    def _ask_the_known(self) -> list[str]:
        """Search for the name of a function of the index, which must be among the answers."""
        known = self._store.reader().any_unit()
        if known is None or not self.is_indexed:
            return []
        found = Searcher(self._store, self._instant).gather(known.name, Mode.SYMBOL)
        if known.id in found.units:
            return []
        return [f"a search for {known.name} does not find it"]

    def repair(self) -> list[str]:
        """Drop the parts of the index that do not fit, for the next update to build them anew.

        Answers what was wrong. Raises StoreBusyError.
        """
        try:
            problems = self._store.problems(deeply=True)
        except DamagedIndexError as error:
            self._store.replace()
            return [str(error)]
        for part in {problem.part for problem in problems}:
            self._store.drop(part)
        unknown = [] if problems else self._ask_the_known()
        if unknown:
            self._store.drop(Part.ROWS)
        return [problem.message for problem in problems] + unknown

    def update_paths(
        self,
        changed: Iterable[str],
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
    ) -> Changes | None:
        """Bring these paths (relative to the root) up to date; None if nothing changed.

        There is progress only of what is so much that another process does it. Raises Cancelled.
        """
        with self._updating:
            try:
                return self._indexer.update_paths(changed, cancelled, self._most_bytes)
            except TooMuch:
                return self._update_apart(progress, cancelled).changes

    def deepen(
        self,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        *,
        in_background: bool = False,
    ) -> int:
        """Encode what has no deep vector yet; answers how many contents. Raises ModelError, Cancelled.

        In the background it waits while somebody searches or types, on battery, or on a busy machine.
        """
        gate = self._gate if in_background else None
        return self._indexer.deepen(self.load_deep(), progress, cancelled, gate)

    def reason_to_wait(self) -> str | None:
        """Why work in the background waits now, in words; None: it does not."""
        return self._gate.reason_to_wait()

    def load_deep(self) -> EmbeddingModel:
        """The deep model, loaded at the first call (seconds). Raises ModelError."""
        if self._deep is None:
            self._deep = load_deep(self._options.deep_model, self._options.deep_revision)
        return self._deep

    def use_deep(self, model: EmbeddingModel) -> None:
        """Use a deep model that is loaded already."""
        self._deep = model

    def set_overlay(self, path: str, text: bytes) -> None:
        """Let unsaved text answer in the place of a file (path relative to the root), stored or not."""
        self._gate.note_activity()
        self._overlay.put(path, text, self._store.reader())

    def clear_overlay(self, path: str) -> None:
        """Let the file answer again as it is on disk."""
        self._overlay.remove(path)

    def search(
        self,
        text: str,
        limit: int = DEFAULT_LIMIT,
        *,
        mode: Mode = Mode.AUTO,
        filters: Filters = Filters(),
        tier: Tier = Tier.AUTO,
        buffers: OpenBuffers = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        index_first: bool = True,
    ) -> SearchResult:
        """The best units for a query, each at the lines where it stands now.

        A workspace that was never indexed is indexed first, unless the caller indexes it on another thread
        and wants what is there already. Raises QueryError, Cancelled.
        """
        if index_first and not self.is_indexed:
            self._index_unless_busy(cancelled)
        started = time.perf_counter()
        outcome = settle([self.prospects(text, mode, filters, tier, buffers, cancelled, limit)], limit)
        return SearchResult(
            query=text,
            mode=outcome.mode,
            abstained=outcome.abstained,
            hits=tuple(hit for _, hit in outcome.hits),
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def prospects(
        self,
        text: str,
        mode: Mode = Mode.AUTO,
        filters: Filters = Filters(),
        tier: Tier = Tier.AUTO,
        buffers: OpenBuffers = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        limit: int = DEFAULT_LIMIT,
    ) -> Prospects:
        """What is indexed and may be among so many hits; `settle` ranks it, with that of other workspaces.

        To be settled before this workspace is closed. Raises QueryError, Cancelled.
        """
        self._gate.note_activity()
        with searches.one():
            overlaid = self._overlay.snapshot(self._store.reader())
            gathered = self.searcher(tier, overlaid).gather(text, mode, filters, tier, cancelled, limit)
        return Prospects(
            gathered, LiveFiles(self._rules, self._store.reader(), overlaid, buffers, self._parsed)
        )

    def searcher(self, tier: Tier = Tier.AUTO, overlaid: Overlaid = NOTHING) -> Searcher:
        """What finds candidates; `search` ranks them and checks the best against the live files."""
        return Searcher(self._store, self._instant, self._deep_if_useful(tier), overlaid)

    def text_of(self, hit: Hit, buffers: OpenBuffers = lambda _: None) -> str:
        """The source text of a hit's lines, as it is now, secrets starred out.

        Raises WorkspaceError when the file is gone.
        """
        data = buffers(hit.path)
        if data is None:
            overlaid = self._overlay.snapshot(self._store.reader()).get(hit.path)
            data = self._rules.read(hit.path) if overlaid is None else overlaid.data
        source = SourceText(redact(data))
        start = source.row_start(hit.start_line - 1)
        text = source.text(start, source.row_end(hit.end_line - 1))
        return text.replace("\r\n", "\n")

    def status(self) -> IndexStatus:
        """The state of the index."""
        reader = self._store.reader()
        files, units, languages = reader.counts()
        deep = reader.meta(f"fingerprint.{Tier.DEEP}")
        indexed_at = reader.meta("indexed_at")
        return IndexStatus(
            root=str(self.root),
            index_path=str(self._store.path),
            exists=indexed_at is not None,
            files=files,
            units=units,
            languages=languages,
            encoder=self._instant.fingerprint,
            deep_encoder=None if deep is None else str(deep),
            deep_coverage=0.0 if deep is None else reader.coverage(Tier.DEEP),
            index_bytes=self._store.size_bytes,
            indexed_at=None if indexed_at is None else float(indexed_at),
        )

    def skipped(self, cancelled: CancelCheck = lambda: False) -> tuple[Skipped, ...]:
        """What is left out and why, by a look at the folder as it is now. Raises Cancelled."""
        scan = self._rules.scan(cancelled)
        stored = self._store.reader().skipped_for_content()
        counts = Counter(scan.skipped)
        counts.update({name: len(left_out) for name, left_out in stored.items()})
        examples: dict[str, list[str]] = {}
        for path, reason in scan.examples:
            examples.setdefault(reason.value, []).append(path)
        for name, left_out in stored.items():
            examples[name] = [*examples.get(name, ()), *left_out][:EXAMPLES_PER_REASON]
        return tuple(
            Skipped(SkipReason(name), count, tuple(examples.get(name, ())))
            for name, count in counts.most_common()
        )

    def watch(
        self,
        on_update: Callable[[Changes], None] = lambda _: None,
        showing: Callable[[], AbstractContextManager[ProgressCallback]] = lambda: nullcontext(lambda _: None),
        cancelled: CancelCheck = lambda: False,
    ) -> Watcher:
        """Start to follow the folder; the caller stops the watcher.

        On its thread `on_update` is called after each batch of changes that made a difference, and each is
        brought into the index within a context that takes note of its progress. A batch that is cancelled
        comes again, until the watcher is stopped, which cancels too.
        """
        from mindgap_indexer.watching import Watcher  # not at the top: a search does without it

        def follow(batch: ChangeBatch) -> None:
            with showing() as progress:
                self.apply(batch, on_update, progress, lambda: watcher.is_stopped or cancelled())

        watcher = Watcher(self._rules, follow)
        watcher.start()
        # The first change is not to wait for it.
        guard.warm()
        return watcher

    def apply(
        self,
        batch: ChangeBatch,
        on_update: Callable[[Changes], None] = lambda _: None,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
    ) -> None:
        """Bring the index up to date after a batch of changes; a damaged one is built anew.

        Raises Cancelled and StoreBusyError.
        """
        changes: Changes | None
        try:
            if batch.rescan:
                changes = self.apply_rescan(progress, cancelled).changes
            else:
                changes = self.update_paths(batch.paths, progress, cancelled)
        except DamagedIndexError as error:
            log.warning("%s It is built anew.", error)
            self.repair()
            changes = self.index(progress, cancelled).changes
        if changes is not None:
            on_update(changes)

    def apply_rescan(
        self, progress: ProgressCallback = lambda _: None, cancelled: CancelCheck = lambda: False
    ) -> IndexSummary:
        """Bring the index up to date after the ignore files themselves may have changed.

        Raises Cancelled and StoreBusyError.
        """
        self._rules.refresh()
        return self.index(progress, cancelled)

    def clear(self) -> None:
        """Close and remove the index of this workspace, with everything that Mindgap keeps of it."""
        self.close()
        shutil.rmtree(self._store.path.parent)

    def _index_unless_busy(self, cancelled: CancelCheck) -> None:
        try:
            self.index(cancelled=cancelled)
        except StoreBusyError as error:
            log.info("%s Answering from what is there.", error)

    def _deep_if_useful(self, tier: Tier) -> EmbeddingModel | None:
        """The deep model when its vectors are there; loading it is left out where they are not."""
        vectors = self._store.reader().meta(f"fingerprint.{Tier.DEEP}")
        if tier is Tier.INSTANT or vectors is None:
            return None
        chosen = tier is Tier.DEEP or self._options.deep_model is not None or self._deep is not None
        return self.load_deep() if chosen or made_by_default_deep(vectors) else None
