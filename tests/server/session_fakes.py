"""What tests of sessions need: a session, a reporter that remembers, workspaces whose indexing is held."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.errors import Cancelled, ModelError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import CancelCheck, IndexSummary, Progress, ProgressCallback
from mindgap_indexer.workspace import Workspace
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder
from mindgap_server.options import ServerOptions, WatchOptions
from mindgap_server.protocol import SearchParams
from mindgap_server.session import Answer, OpenWorkspace, Session, State
from mindgap_server.wire import Json
from tests.fakes import hash_model

DEADLINE = 10.0
UNWATCHED = ServerOptions(watch=WatchOptions(enabled=False))
PARSE = "def parse_config(path):\n    return path\n"
SORT = "def sort_list(items):\n    return items\n"


def eventually(check: Callable[[], bool]) -> None:
    """Wait for what other threads bring about."""
    end = time.monotonic() + DEADLINE
    while not check():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def folder_of(path: Path) -> Folder:
    return Folder(path, path.as_uri(), path.name)


def open_tiny(folder: Path, options: IndexOptions) -> Workspace:
    """A real workspace with a model that loads at once."""
    return Workspace.open(folder, options, hash_model())


class RecordingBar:
    def __init__(self, title: str, cancel: Callable[[], None]) -> None:
        self.title = title
        self.cancel = cancel
        self.reports: list[tuple[int | None, str]] = []
        self.ended: str | None = None

    def report(self, percent: int | None, text: str) -> None:
        self.reports.append((percent, text))

    def end(self, text: str) -> None:
        self.ended = text


class RecordingReporter:
    def __init__(self) -> None:
        self.bars: list[RecordingBar] = []
        self.complaints: list[str] = []
        self.changes = 0

    def begin(self, title: str, cancel: Callable[[], None]) -> RecordingBar:
        self.bars.append(RecordingBar(title, cancel))
        return self.bars[-1]

    def complain(self, message: str) -> None:
        self.complaints.append(message)

    def changed(self) -> None:
        self.changes += 1


class HeldWorkspace(Workspace):
    """Its indexing stops half way until it is let go or cancelled."""

    go: threading.Event

    def index(
        self, progress: ProgressCallback = lambda _: None, cancelled: CancelCheck = lambda: False
    ) -> IndexSummary:
        progress(Progress("index", 3, 6))
        end = time.monotonic() + DEADLINE
        while not self.go.wait(0.002):
            if cancelled():
                raise Cancelled
            assert time.monotonic() < end, "nobody let it go"
        return super().index(progress, cancelled)


class HoldingOpener:
    """Opens workspaces whose indexing is held; tests let it go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.opened: list[Workspace] = []

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = HeldWorkspace.open(folder, options, hash_model())
        workspace.go = self.go
        self.opened.append(workspace)
        return workspace


class DeepWorkspace(Workspace):
    """Has a deep model that is there at once, or never."""

    opener: DeepOpener

    def load_deep(self) -> EmbeddingModel:
        if self.opener.error:
            raise self.opener.error
        return hash_model(32, seed=1)

    def deepen(
        self,
        progress: ProgressCallback = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        *,
        in_background: bool = False,
    ) -> int:
        if self.opener.hold:
            progress(Progress("deep", 0, 1))
            while not cancelled():
                time.sleep(0.002)
        return super().deepen(progress, cancelled, in_background=in_background)


class DeepOpener:
    def __init__(self, error: ModelError | None = None, hold: bool = False) -> None:
        self.error = error
        self.hold = hold

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = DeepWorkspace.open(folder, options, hash_model())
        workspace.opener = self
        return workspace


@contextmanager
def started(
    *folders: Path, options: ServerOptions = UNWATCHED, opener: OpenWorkspace = open_tiny
) -> Generator[tuple[Session, RecordingReporter]]:
    """A session for these folders, closed afterwards with all its threads."""
    before = threading.active_count()
    reporter = RecordingReporter()
    session = Session(map(folder_of, folders), options, reporter, opener)
    try:
        yield session, reporter
    finally:
        assert session.close()
        assert threading.active_count() == before


def ask(
    session: Session,
    query: str,
    documents: Iterable[OpenDocument] = (),
    cancelled: Callable[[], bool] = lambda: False,
    folder: Path | None = None,
    **params: Json,
) -> Answer:
    question = session.question(SearchParams(query, **params), 10, folder)
    return session.search(question, OpenDocuments(documents), cancelled)


def names(answer: Answer) -> list[str]:
    return [item.hit.name for item in answer.hits]


def wait_for(session: Session, state: State) -> None:
    eventually(lambda: {report.state for report in session.status()} == {state})
