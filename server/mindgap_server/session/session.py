"""All workspace folders of a client: opened, followed, searched together, closed."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from mindgap_indexer.errors import Cancelled, MindgapError, QueryError, WorkspaceError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.together import Prospects, settle
from mindgap_indexer.types import CancelCheck, Filters, Kind, Mode, Skipped, Tier
from mindgap_server.documents import OpenDocuments
from mindgap_server.folders import (
    NO_FOLDER,
    Folder,
    innermost,
    is_below,
    real_path,
    same_path,
    within,
    without_nested,
)
from mindgap_server.options import ServerOptions
from mindgap_server.protocol import SearchParams
from mindgap_server.reporter import Reporter
from mindgap_server.session.answers import Answer, locate
from mindgap_server.session.code import CodeAt
from mindgap_server.session.opening import OpenWorkspace, RootOptions, open_workspace
from mindgap_server.session.question import Question
from mindgap_server.session.reading import text_in, text_outside
from mindgap_server.session.root import Root
from mindgap_server.session.standing import RootReport, State

log = logging.getLogger(__name__)


SELF_HITS = 5
"""Hits that a search for similar code may lose: the code itself, what it stands in, what stands in it."""
CLOSE_SECONDS = 5.0
"""How long workers may take to end; an encoder's batch cannot be interrupted."""


class Session:
    """The roots of one client; safe to use from several threads."""

    def __init__(
        self,
        folders: Iterable[Folder],
        options: ServerOptions,
        reporter: Reporter,
        opener: OpenWorkspace = open_workspace,
    ) -> None:
        self._reporter = _OncePerMessage(reporter)
        self._opener = opener
        self._options = _root_options(options)
        self._changing = threading.Lock()
        self._roots: Mapping[str, Root] = {}
        self._buffers: dict[Path, bytes] = {}
        self.change_folders(folders, ())

    def change_folders(self, added: Iterable[Folder], removed: Iterable[Folder]) -> None:
        """Open and close folders; waits for the closed ones."""
        with self._changing:
            gone = {same_path(folder.path) for folder in removed}
            closed = [root for key, root in self._roots.items() if key in gone]
            self._roots = {key: root for key, root in self._roots.items() if key not in gone}
            _close(closed)
            new = {same_path(folder.path): folder for folder in added}
            opened = {key: self._open(folder) for key, folder in new.items() if key not in self._roots}
            self._roots = {**self._roots, **opened}
            # A file may belong to another folder now.
            for path, data in self._buffers.items() if opened or closed else ():
                self._edit(path, data)

    def configure(self, options: ServerOptions) -> None:
        """Take new options; folders are opened anew where that is needed."""
        with self._changing:
            old, self._options = self._options, _root_options(options)
            if self._options != old:
                for root in self._roots.values():
                    root.reopen(self._options)

    def close(self) -> bool:
        """Close all folders; False if a worker did not end in time."""
        with self._changing:
            old, self._roots = self._roots, {}
            return _close(old.values())

    @property
    def has_folders(self) -> bool:
        """Whether there is anything to search."""
        return bool(self._roots)

    def reindex(self, folder: Path | None = None) -> None:
        """Bring indexes up to date; also resumes paused updates and retries failed ones."""
        for root in self._chosen(folder):
            root.update()

    def pause(self, folder: Path | None = None) -> None:
        """Stop indexing, and following changes, until the next reindex."""
        for root in self._chosen(folder):
            root.pause()

    def purge(self, folder: Path | None, *, rebuild: bool) -> None:
        """Delete indexes; they are built again at once, or by the next reindex."""
        for root in self._chosen(folder):
            root.purge(rebuild=rebuild)

    def skipped(
        self, folder: Path | None, cancelled: CancelCheck
    ) -> list[tuple[RootReport, tuple[Skipped, ...]]]:
        """What each index leaves out; folders whose index is not open are left out themselves."""
        reports = ((root, root.report()) for root in self._chosen(folder))
        return [(report, root.skipped(cancelled)) for root, report in reports if report.index is not None]

    def status(self, folder: Path | None = None) -> list[RootReport]:
        """How each root stands."""
        return [root.report() for root in self._chosen(folder)]

    def notify(self, paths: Iterable[Path]) -> None:
        """A client saw changes of these files."""
        for path in paths:
            # Where a link leads to, nothing has changed when the link has.
            for root in self._roots_of(real_path(path.parent) / path.name):
                root.notify(path)

    def edit(self, path: Path, data: bytes | None) -> None:
        """A client holds this text of a file; None: it has closed it."""
        with self._changing:
            if data is None:
                self._buffers.pop(path, None)
            else:
                self._buffers[path] = data
            self._edit(path, data)

    def discard(self, path: Path) -> None:
        """A client has just closed this file: what was not saved of it answers no more. Waits for nothing.

        `edit` is to follow, in order with the edits before.
        """
        real = real_path(path)
        for root in self._holding(real):
            root.unsaved.discard(real)

    def question(
        self,
        params: SearchParams,
        default_limit: int,
        folder: Path | None,
        places: tuple[Path, ...] | None = None,
    ) -> Question:
        """What a client's parameters ask."""
        return Question(
            text=params.query,
            limit=params.limit or default_limit,
            mode=Mode(params.mode),
            tier=Tier(params.tier),
            filters=Filters(params.languages, params.paths, tuple(Kind(kind) for kind in params.kinds)),
            places=places,
            folder=folder,
        )

    def search(self, question: Question, documents: OpenDocuments, cancelled: CancelCheck) -> Answer:
        """The best hits of all folders, best first, each in the innermost folder that holds it.

        Raises QueryError, Cancelled, and what keeps the index from answering if none can.
        """
        started = time.perf_counter()
        roots = self._chosen(question.folder)
        if not roots:
            raise WorkspaceError(NO_FOLDER)
        if question.places is not None:
            roots = [root for root in roots if within(root.folder, question.places)] or roots[:1]
        roots = _once_each(roots)
        with ExitStack() as borrowed:
            asked = self._ask_all(borrowed, roots, question, documents, cancelled)
            outcome = settle([prospects for _, prospects in asked], question.limit)
        hits = [(asked[number][0], hit) for number, hit in outcome.hits]
        indexing, coverage = _coverage([root.standing for root in roots])
        return Answer(
            query=question.text,
            mode=outcome.mode,
            abstained=outcome.abstained,
            elapsed_ms=(time.perf_counter() - started) * 1000,
            indexing=indexing,
            coverage=coverage,
            hits=tuple(locate(hits, documents, self._options.index.max_file_bytes)),
        )

    def similar(self, code: CodeAt, limit: int, documents: OpenDocuments, cancelled: CancelCheck) -> Answer:
        """Units like the code at a place, without that code itself. Raises like `search`."""
        found = self.search(code.question(limit + SELF_HITS), documents, cancelled)
        others = [item for item in found.hits if not code.is_part_of(item)]
        hits = (replace(item, hit=replace(item.hit, rank=i)) for i, item in enumerate(others[:limit], 1))
        return replace(found, hits=tuple(hits), abstained=found.abstained or not others)

    def text_of(self, path: Path, documents: OpenDocuments) -> bytes:
        """A file as the editor sees it.

        Raises WorkspaceError when it is neither open nor in a workspace folder, and when the rules of its
        folder leave it out: nothing is told of such a file.
        """
        folder = innermost(path, [root.folder for root in self._roots.values()])
        if folder is None:
            return text_outside(path, documents)
        name = os.path.relpath(path, folder.path).replace(os.sep, "/")
        return text_in(folder, name, self._options.index, documents)

    def _ask_all(
        self,
        borrowed: ExitStack,
        roots: Sequence[Root],
        question: Question,
        documents: OpenDocuments,
        cancelled: CancelCheck,
    ) -> list[tuple[Folder, Prospects]]:
        """What the roots that can answer have to say; at least one. Good until the stack is closed."""
        results: list[tuple[Folder, Prospects]] = []
        errors: list[MindgapError] = []
        for root in roots:
            try:
                prospects = borrowed.enter_context(self._ask(root, question, documents, cancelled))
                results.append((root.folder, prospects))
            except QueryError:
                raise
            except MindgapError as error:
                errors.append(error)
            except Cancelled:
                # Either the client's wish, or this folder is being closed: then the others answer.
                if cancelled():
                    raise
        if not results:
            raise errors[0] if errors else Cancelled
        return results

    def _ask(
        self, root: Root, question: Question, documents: OpenDocuments, cancelled: CancelCheck
    ) -> AbstractContextManager[Prospects]:
        others = [other.folder for other in self._roots.values()]
        paths = without_nested(question.filters.paths, root.folder, others)
        inside = None if question.places is None else within(root.folder, question.places)
        own = replace(question, filters=replace(question.filters, paths=paths, within=inside))

        def live(path: str) -> bytes | None:
            document = documents.of_indexed(root.folder.path, path)
            return None if document is None else document.data

        return root.prospects(own, live, cancelled)

    def _edit(self, path: Path, data: bytes | None) -> None:
        real = real_path(path)
        own = self._roots_of(real)
        for root in self._holding(real):
            # A folder around the file's own may know its text from before that was opened.
            root.unsaved.edit(real, data if root in own else None)

    def _roots_of(self, path: Path) -> list[Root]:
        """The innermost root that holds a path without links, by each of the names that it is open by."""
        holding = self._holding(path)
        longest = max((len(same_path(root.real_path)) for root in holding), default=0)
        return [root for root in holding if len(same_path(root.real_path)) == longest]

    def _holding(self, path: Path) -> list[Root]:
        """All roots that a path without links leads into."""
        return [root for root in self._roots.values() if is_below(path, root.real_path)]

    def _chosen(self, folder: Path | None) -> list[Root]:
        if folder is None:
            return list(self._roots.values())
        root = self._roots.get(same_path(folder))
        if root is None:
            raise WorkspaceError(f"{folder} is no workspace folder of this editor. Open it there first.")
        return [root]

    def _open(self, folder: Folder) -> Root:
        return Root(folder, self._options, self._reporter, self._opener)


class _OncePerMessage:
    """A reporter that does not repeat a complaint: ten folders without a model give one message."""

    def __init__(self, reporter: Reporter) -> None:
        self.begin = reporter.begin
        self.changed = reporter.changed
        self._complain = reporter.complain
        self._said: set[str] = set()

    def complain(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._complain(message)


def _root_options(options: ServerOptions) -> RootOptions:
    index = IndexOptions(
        max_file_bytes=options.max_file_size,
        exclude=options.exclude,
        deep_model=options.deep_model or None,
        deep_revision=options.deep_revision or None,
        workers=options.index.workers,
        pause_on_battery=options.index.pause_on_battery,
        pause_under_load=options.index.pause_under_load,
        max_memory_mb=options.index.max_memory,
    )
    return RootOptions(index, watch=options.watch.enabled, index_on_startup=options.index.on_startup)


def _once_each(roots: Iterable[Root]) -> list[Root]:
    """The first of the roots that are one folder by several names: it answers for the others."""
    first: dict[str, Root] = {}
    for root in roots:
        first.setdefault(same_path(root.real_path), root)
    return list(first.values())


def _coverage(standings: Sequence[RootReport]) -> tuple[bool, float]:
    """Whether an update is running, and the share of it that is done."""
    running = [item.progress for item in standings if item.state in (State.OPENING, State.INDEXING)]
    total = sum(progress.total for progress in running)
    if not running:
        return False, 1.0
    return True, round(sum(progress.done for progress in running) / total, 4) if total else 0.0


def _close(roots: Collection[Root]) -> bool:
    """End the workers, all at once; False if one is still busy after a while."""
    for root in roots:
        root.stop()
    deadline = time.monotonic() + CLOSE_SECONDS
    ended = [root.join(max(0.0, deadline - time.monotonic())) for root in roots]
    if not all(ended):
        log.warning("Indexing did not stop within %.0f s; the index itself is not at risk.", CLOSE_SECONDS)
    return all(ended)
