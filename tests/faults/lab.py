"""A workspace, a cache folder and processes that suffer faults, compared with a fresh index at the end."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

import mindgap_indexer.batches as batches
from mindgap_indexer.paths import HOME_VARIABLE, index_folder
from mindgap_indexer.store import Store
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.store import FILE_NAME
from mindgap_indexer.types import Tier
from mindgap_indexer.workspace import Workspace
from mindgap_server.wire import Json
from tests.faults import child
from tests.faults.child import At, Setting

T = TypeVar("T")

REPOSITORY = Path(__file__).parents[2]
DEADLINE = 60.0 * float(os.environ.get("MINDGAP_TEST_PATIENCE", "1"))
"""Seconds after which something that must happen has not happened; a query never takes that long."""
FILES = 12

_context = multiprocessing.get_context("forkserver")
if str(REPOSITORY) not in sys.path:
    # Where a child finds this package.
    sys.path.append(str(REPOSITORY))
_context.set_forkserver_preload(["tests.faults.warm"])
# One thread each: forking a process with more is not safe, and the matrices are tiny.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def module(number: int, version: int = 0) -> str:
    """The source of a file of eight functions; another version changes seven of them."""
    functions = "\n\n".join(
        f'def task_{number}_{i}(item):\n    """Handle case {i} of group {version}."""\n    return item\n'
        for i in range(7)
    )
    return f"{functions}\n\ndef shared():\n    return 'the same everywhere'\n"


class Lab:
    """Everything that one scenario needs, and its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "workspace"
        self.home = folder / "home"
        self.setting = Setting(self.root, self.home)
        self.closing = ExitStack()
        # Short, because the path of a socket is limited to some hundred bytes.
        self._sockets = Path(self.closing.enter_context(tempfile.TemporaryDirectory(prefix="mg")))
        self._said = 0
        self.root.mkdir()
        self.home.mkdir(mode=0o700)
        for number in range(FILES):
            self.write(f"group{number % 3}/module_{number}.py", module(number))

    # The workspace

    def write(self, name: str, text: str | bytes) -> Path:
        """A file of the workspace."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def edit(self, numbers: Iterable[int] = range(0, FILES, 2), version: int = 1) -> None:
        """Change some files."""
        for number in numbers:
            self.write(f"group{number % 3}/module_{number}.py", module(number, version))

    # The index

    @property
    def index_folder(self) -> Path:
        """Where the index of the root is."""
        return self._of(self.home, lambda: index_folder(self.root))

    @property
    def database(self) -> Path:
        """The index file."""
        return self.index_folder / FILE_NAME

    def index(self, **changes: Any) -> str:  # noqa: ANN401
        """Index here, in this process; answers how that ended."""
        setting = replace(self.setting, **changes)

        def work() -> str:
            with setting.open() as workspace:
                summary = workspace.index()
                if setting.deep:
                    workspace.deepen()
                return f"ok {summary.files}"

        return self._of(setting.home, work)

    @contextmanager
    def opened(self) -> Generator[Workspace]:
        """The workspace, open in this process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(HOME_VARIABLE, str(self.home))
            with self.setting.open() as workspace:
                yield workspace

    def move_to(self, root: Path) -> None:
        """Go on with another root."""
        self.root = root
        self.setting = replace(self.setting, root=root)

    def content(self, home: Path | None = None, root: Path | None = None) -> Mapping[str, object]:
        """All that an index holds, ids left out, and what searches reach."""

        def read() -> Mapping[str, object]:
            with Store(index_folder(root or self.root)) as store:
                reader = store.reader()
                files = {
                    path: (file.language, file.size, file.digest, file.skip)
                    for path, file in reader.files().items()
                }
                units = [
                    (u.path, u.qualname, u.kind, u.signature, u.start_byte, u.end_byte, u.name_line)
                    for u in reader.all_units()
                ]
                bound = [tier for tier in Tier.stored() if reader.meta(f"fingerprint.{tier}") is not None]
                vectors = {tier: reader.vectors(tier) for tier in bound}
                counts = reader.document_counts(["task", "group", "case", "return", "share"])
            return {
                "files": files, "units": units, "vectors": vectors, "counts": counts,
                "found": self._found(root or self.root),
            }  # fmt: skip

        return self._of(home or self.home, read)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL over the index file."""

        def run() -> list[tuple[Any, ...]]:
            database = Database(self.database)
            try:
                return database.rows(statement)
            finally:
                database.close()

        return self._of(self.home, run)

    def _found(self, root: Path) -> Mapping[str, list[str]]:
        with self.setting.open(root) as workspace:
            return {
                query: sorted(hit.qualname for hit in workspace.search(query, 200, index_first=False).hits)
                for query in ("task_3_4", "handle case of group", "the same everywhere")
            }

    def checkpoint(self) -> None:
        """Bring everything from the journal into the index file."""
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def with_journal(self, damage: Callable[[Path], None]) -> None:
        """Index, killed before the end so that the journal stays, and damage that."""
        self.index()
        self.edit()
        self.index_killed(At("mindgap_indexer.store.database:Database.close"))
        journal = self.database.with_name(f"{FILE_NAME}-wal")
        assert journal.stat().st_size > 40_000
        damage(journal)

    def equals_fresh(self, *, deep: bool = False, seed: int = 0, patience: float = 0.0) -> None:
        """Assert that the index is, within so many seconds, the one that a new run over the files makes."""
        fresh = self.folder / f"fresh{self._said}"
        self._said += 1
        fresh.mkdir(mode=0o700)
        self.index(home=fresh, deep=deep, model_seed=seed)
        mine, other = self.content(), self.content(fresh)
        end = time.monotonic() + patience
        while mine != other and time.monotonic() < end:
            mine = self.content()
        for part in other:
            assert mine[part] == other[part], f"{part} differ from a fresh index"

    def wait_until_indexed(self, files: int) -> None:
        """Look at the index until it holds so many files."""

        def count() -> int:
            # The file is there a moment before its tables are.
            made = self.database.exists() and self.sql("PRAGMA user_version") != [(0,)]
            return int(self.sql("SELECT count(*) FROM file")[0][0]) if made else 0

        eventually(count, lambda found: found == files)

    def _of(self, home: Path, work: Callable[[], T]) -> T:
        """Do something with this cache folder."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(HOME_VARIABLE, str(home))
            patch.setattr(batches, "BATCH_FILES", child.BATCH)
            return work()

    # Processes

    def start(self, target: Callable[..., None], *arguments: object, **changes: Any) -> Run:  # noqa: ANN401
        """Run a function of `child` in a process of its own."""
        self._said += 1
        run = Run(target, replace(self.setting, **changes), self.folder / f"said{self._said}", arguments)
        self.closing.callback(run.end)
        return run

    def index_killed(self, *moments: At, **changes: Any) -> None:  # noqa: ANN401
        """Index in a process that is killed at a moment."""
        run = self.start(child.index, moments=moments, **changes)
        assert run.wait() == -9, f"it was not killed: {run.said}"

    def server(self, **changes: Any) -> Server:  # noqa: ANN401
        """A language server with this folder open."""
        server = self.bare_server(**changes)
        server.initialize(self.root)
        return server

    def bare_server(self, **changes: Any) -> Server:  # noqa: ANN401
        """A language server that nothing was said to yet."""
        self._said += 1
        server = Server(replace(self.setting, **changes), self._sockets / str(self._said))
        self.closing.callback(server.end)
        return server


class Run:
    """A process, and what it said at its end."""

    def __init__(
        self, target: Callable[..., None], setting: Setting, said: Path, arguments: tuple[object, ...]
    ) -> None:
        self._said = said
        self.process = _context.Process(target=target, args=(setting, said, *arguments))
        self.process.start()

    def wait(self) -> int:
        """Wait for its end; answers its exit code, negative for a signal."""
        self.process.join(DEADLINE)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode

    def kill_after(self, seconds: float) -> bool:
        """Kill it, wherever it is then; False if it was at its end already."""
        self.process.join(seconds)
        self.process.kill()
        return self.wait() == -9

    @property
    def said(self) -> str:
        """`ok` and what it answered, or its error."""
        return self._said.read_text("utf-8") if self._said.exists() else "nothing"

    def ok(self) -> str:
        """Wait; it must have succeeded."""
        assert self.wait() == 0, self.said
        return self.said

    def message(self) -> str:
        """Wait; it must have failed with a message for the person."""
        assert self.wait() == 1, self.said
        return self.said

    def end(self) -> None:
        """Make sure that it is gone."""
        self.process.kill()
        self.process.join()
        self.process.close()


class Server:
    """A language server in a process of its own, and the client's end of the line."""

    def __init__(self, setting: Setting, address: Path) -> None:
        self.setting = setting
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(address))
            listening.listen()
            listening.settimeout(DEADLINE)
            self.process = _context.Process(target=child.serve, args=(setting, address))
            self.process.start()
            self.line = listening.accept()[0]
        self.messages: queue.Queue[Json] = queue.Queue()
        self.seen: list[Json] = []
        self._number = 0
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._is_reading = False

    def listen(self) -> None:
        """Start to read what the server says."""
        if not self._is_reading:
            self._is_reading = True
            self._reading.start()

    def _read(self) -> None:
        try:
            with self.line.makefile("rb") as stream:
                while (line := stream.readline()) != b"":
                    length = int(line.split(b":")[1])
                    while stream.readline().strip():
                        pass
                    self._take(json.loads(stream.read(length)))
        except (OSError, ValueError):
            pass
        self.messages.put(None)

    def _take(self, message: Json) -> None:
        """Answer what the server asks, keep the rest."""
        if "method" in message and "id" in message:
            empty = [None] if message["method"] == "workspace/configuration" else None
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": empty})
        else:
            self.messages.put(message)

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.line.sendall(data)

    def send(self, message: Json) -> None:
        """Send one message."""
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: Json = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Json = None) -> Json:
        """Send a request; answers the whole response."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self.answer_to(self._number)

    def answer_to(self, msg_id: Json) -> Json:
        """The response with this id."""
        return self.wait_for(lambda message: "method" not in message and message.get("id") == msg_id)

    def wait_for(self, wanted: Callable[[Json], bool]) -> Json:
        """The first message that is wanted, those that came before included."""
        for message in self.seen:
            if wanted(message):
                self.seen.remove(message)
                return message
        end = time.monotonic() + DEADLINE
        while True:
            message = self.messages.get(timeout=max(0.0, end - time.monotonic()))
            assert message is not None, "the server hung up"
            if wanted(message):
                return message
            self.seen.append(message)

    def initialize(self, *roots: Path, **options: Json) -> None:
        """The usual beginning."""
        self.listen()
        folders = [{"uri": root.as_uri(), "name": root.name} for root in roots]
        params: Json = {"processId": None, "rootUri": None, "capabilities": {}, "workspaceFolders": folders}
        assert "result" in self.ask("initialize", params | {"initializationOptions": options})
        self.notify("initialized", {})

    def search(self, query: str, **params: Json) -> Json:
        """The answer to a search."""
        answer = self.ask("mindgap/search", {"query": query, **params})
        assert "result" in answer, answer
        return answer["result"]

    def names(self, query: str) -> list[str]:
        """The names that a search finds."""
        return [hit["name"] for hit in self.search(query)["hits"]]

    def status(self) -> Json:
        """How the first folder is."""
        return self.ask("mindgap/status", {})["result"]["roots"][0]

    def until(self, state: str) -> Json:
        """Ask until the first folder is in this state."""
        return eventually(self.status, lambda status: status["state"] == state)

    def finds(self, name: str) -> None:
        """Ask until a name is found."""
        eventually(lambda: self.names(name), lambda names: name in names)

    def loses(self, name: str) -> None:
        """Ask until a name is not found any more."""
        eventually(lambda: self.names(name), lambda names: name not in names)

    def end_line(self) -> None:
        """Hang up."""
        self.line.shutdown(socket.SHUT_RDWR)

    def log_says(self, text: str) -> None:
        """Wait until it has logged this."""
        eventually(lambda: self.log, lambda log: text in log)

    def bye(self) -> None:
        """Say goodbye as a client should."""
        self.ask("shutdown")
        self.notify("exit")
        assert self.wait() == 0

    def wait(self) -> int:
        """Wait for the process to end; answers its exit code."""
        self.process.join(DEADLINE)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode

    @property
    def log(self) -> str:
        """What it wrote to its standard error."""
        return (self.setting.home / "server.log").read_text("utf-8")

    def end(self) -> None:
        """Make sure that it is gone."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.line.close()


def eventually(ask: Callable[[], Any], good: Callable[[Any], bool]) -> Any:  # noqa: ANN401
    """Ask until the answer is good."""
    end = time.monotonic() + DEADLINE
    while not good(answer := ask()):
        assert time.monotonic() < end, f"never good: {answer!r}"
        time.sleep(0.01)
    return answer
