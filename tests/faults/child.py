"""Runs inside a process that a fault will hit: the real code, with one thing going wrong at one moment."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import resource
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import mindgap_indexer.batches as batches
import mindgap_indexer.watching.watcher as watcher
import mindgap_server.session.root as session_root
from mindgap_indexer import guard
from mindgap_indexer.encoding import EmbeddingModel, Projection, load_static
from mindgap_indexer.errors import MindgapError, StoreError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.paths import HOME_VARIABLE
from mindgap_indexer.store import Store
from mindgap_indexer.store.database import Database
from mindgap_indexer.types import Float32, Passage
from mindgap_indexer.workspace import Workspace
from tests.fakes import HashEncoder, hash_model

POLL_SECONDS = 0.2
BATCH = 2
"""Files of a transaction: few, so that there are many moments between two."""

MODEL_VARIABLE = "MINDGAP_TEST_MODEL"

Action = Callable[[], None]


def kill() -> None:
    """The end, without a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def terminate() -> None:
    """The usual way to ask for the end."""
    os.kill(os.getpid(), signal.SIGTERM)


def fail() -> None:
    """A bug."""
    raise RuntimeError("a bug that nobody thought of")


def nothing() -> None:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The system refuses."""

    number: int

    def __call__(self) -> None:
        raise OSError(self.number, os.strerror(self.number))


@dataclass(frozen=True, slots=True)
class Wait:
    """Says that the moment has come, and stays there until it is told to go on."""

    reached: Path
    go_on: Path

    def __call__(self) -> None:
        self.reached.touch()
        while not self.go_on.exists():
            time.sleep(0.005)


@dataclass(frozen=True, slots=True)
class Change:
    """Puts something else in the place of a path."""

    path: Path
    content: str | None
    """None: nothing. For a link: where it leads."""
    kind: Literal["file", "folder", "pipe", "link"] = "file"

    def __call__(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()
        if self.content is None:
            return
        if self.kind == "file":
            self.path.write_text(self.content)
        elif self.kind == "folder":
            self.path.mkdir()
        elif self.kind == "pipe":
            os.mkfifo(self.path)
        else:
            self.path.symlink_to(self.content)


@dataclass(frozen=True, slots=True)
class At:
    """A moment: a call of a function, and what happens then."""

    target: str
    """`module:function` or `module:Class.method`."""
    action: Action = kill
    call: int = 1
    """The how manieth call."""
    after: bool = False
    """When it has returned, and not before it starts."""
    instead: bool = False
    """Nothing else happens, at any call."""
    argument: str | None = None
    """Only calls with this string among the start of their text arguments count."""

    def arm(self) -> None:
        """Let it happen."""
        module, _, path = self.target.partition(":")
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        original = getattr(owner, name)
        seen = 0

        def replaced(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            nonlocal seen
            texts = [value for value in args if isinstance(value, str)]
            counts = self.argument is None or any(text.lstrip().startswith(self.argument) for text in texts)
            seen += counts
            if self.instead:
                return self.action()
            hit = counts and seen == self.call
            if hit and not self.after:
                self.action()
            result = original(*args, **kwargs)
            if hit and self.after:
                self.action()
            return result

        setattr(owner, name, replaced)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a process lives, and what is withheld from it."""

    root: Path
    home: Path
    moments: tuple[At, ...] = ()
    model_seed: int = 0
    deep: bool = False
    powerless: bool = False
    """Modes of files bind it even when root runs the tests."""
    max_file: int | None = None
    """Bytes that a file may grow to."""
    max_files: int | None = None
    """Files that may be open."""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    probe: float | None = None
    """Seconds of rest after which a server looks whether its index is sound."""
    encoded: Path | None = None
    """Where to write down the names of what is encoded, a line each."""

    def enter(self) -> None:
        """Make this process live there."""
        os.environ[HOME_VARIABLE] = str(self.home)
        os.environ.update(self.environment)
        batches.BATCH_FILES = BATCH
        # What takes longer than most of these processes live: another one to parse in.
        guard.parse, guard.warm = parse_source, nothing
        watcher.POLL_SECONDS = POLL_SECONDS
        session_root.RETRY_SECONDS = POLL_SECONDS
        session_root.PROBE_SECONDS = self.probe or session_root.PROBE_SECONDS
        if self.max_file is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.max_file, self.max_file))
        if self.max_files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.max_files, self.max_files))
        if self.powerless:
            drop_capabilities()
        for moment in self.moments:
            moment.arm()

    def model(self) -> EmbeddingModel:
        """A model that costs nothing, or the one that a scenario asks for."""
        if folder := os.environ.get(MODEL_VARIABLE):
            return load_static(Path(folder))
        if self.encoded is None:
            return hash_model(32, self.model_seed)
        encoder = NotingEncoder(self.encoded, 32, self.model_seed)
        return EmbeddingModel(encoder, Projection.identity(32, encoder.fingerprint))

    def open(self, root: Path | None = None, options: IndexOptions = IndexOptions()) -> Workspace:
        """The workspace, with the cheap models."""
        workspace = Workspace.open(root or self.root, options, self.model())
        workspace.use_deep(hash_model(16, self.model_seed + 100))
        return workspace


class NotingEncoder(HashEncoder):
    """Writes down what it encodes, so that work that is done twice can be seen."""

    def __init__(self, notes: Path, dimension: int, seed: int) -> None:
        super().__init__(dimension, seed)
        self._notes = notes

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        with self._notes.open("a", encoding="utf-8") as stream:
            stream.write("".join(f"{p.qualname}/{len(p.doc)}/{len(p.body)}\n" for p in passages))
        return super().encode_units(passages)


def drop_capabilities() -> None:
    """Root without its powers: an owner of files whom their modes bind, as anybody else."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def reported(work: Callable[[], object], said: Path) -> None:
    """Do the work; write down what it answered or the message for the person."""
    try:
        result = work()
    except MindgapError as error:
        said.write_text(f"{type(error).__name__}: {error}", "utf-8")
        sys.exit(1)
    said.write_text(f"ok {result}", "utf-8")


def index(setting: Setting, said: Path) -> None:
    """`mindgap index`."""
    setting.enter()

    def work() -> object:
        with setting.open() as workspace:
            summary = workspace.index()
            if setting.deep:
                workspace.deepen()
            return summary.files

    reported(work, said)


def update(setting: Setting, said: Path, paths: tuple[str, ...]) -> None:
    """What a watcher asks for."""
    setting.enter()

    def work() -> object:
        with setting.open() as workspace:
            return workspace.update_paths(paths)

    reported(work, said)


def clear(setting: Setting, said: Path) -> None:
    """`mindgap clear`."""
    setting.enter()
    reported(lambda: setting.open().clear(), said)


def search(setting: Setting, said: Path, query: str, times: int) -> None:
    """Ask again and again; the number of answers that had hits."""
    setting.enter()

    def work() -> object:
        with setting.open() as workspace:
            return sum(bool(workspace.search(query, index_first=False).hits) for _ in range(times))

    reported(work, said)


def serve(setting: Setting, address: Path) -> None:
    """The language server, its standard streams at the other end of a socket."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(str(address))
        for descriptor in (0, 1):
            os.dup2(channel.fileno(), descriptor)
    sys.stdin, sys.stdout = os.fdopen(0, "r", closefd=False), os.fdopen(1, "w", closefd=False)
    os.dup2(os.open(setting.home / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    setting.enter()
    from mindgap_server.app import serve

    serve(opener=setting.open)


def export(setting: Setting, said: Path, folder: Path) -> None:
    """What ends training: a model is written."""
    from tests.fakes import make_tiny_model

    setting.enter()
    reported(lambda: make_tiny_model(folder), said)


def index_into_little_room(setting: Setting, said: Path, room: int) -> None:
    """`mindgap index` where the index file can grow by so many pages: SQLite says so when a disk is full."""
    setting.enter()

    def work() -> object:
        with setting.open() as workspace:
            store: Store = vars(workspace)["_store"]
            database: Database = vars(store)["_database"]
            pages: int = database.value("PRAGMA page_count")
            database.run(f"PRAGMA max_page_count = {pages + room}")
            return workspace.index().files

    reported(work, said)


NOT_ALLOWED = 77
_NEW_MOUNTS, _NEW_USER, _PRIVATE = 0x00020000, 0x10000000, 0x44000


def index_on_small_disk(setting: Setting, said: Path, too_much: Path) -> None:
    """Fill a file system of its own, make room, index again."""
    if not _mount_small_disk(setting.home, b"size=600k"):
        sys.exit(NOT_ALLOWED)
    setting.enter()

    def work() -> object:
        try:
            with setting.open() as workspace:
                workspace.index()
        except StoreError as error:
            if "is full. Free some space" not in str(error):
                raise
        else:
            raise StoreError("it was not full")
        shutil.rmtree(too_much)
        for file in setting.home.iterdir():
            shutil.rmtree(file)
        with setting.open() as workspace:
            return workspace.index().files

    reported(work, said)


def search_on_full_disk(setting: Setting, said: Path, query: str) -> None:
    """Index, fill the file system, ask for the index, make room, ask a question."""
    if not _mount_small_disk(setting.home, b"size=4m"):
        sys.exit(NOT_ALLOWED)
    setting.enter()

    def work() -> object:
        with setting.open() as workspace:
            workspace.index()
        filling = setting.home / "filling"
        with filling.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while True:
                stream.write(bytes(4096))
        try:
            setting.open()
        except StoreError as error:
            if "is full. Free some space" not in str(error):
                raise
        else:
            raise StoreError("it was not full")
        filling.unlink()
        with setting.open() as workspace:
            return bool(workspace.search(query, index_first=False).hits)

    reported(work, said)


def _mount_small_disk(place: Path, size: bytes) -> bool:
    """Mount a tmpfs that only this process sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_MOUNTS | (0 if user == 0 else _NEW_USER)) != 0:
        return False
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    libc.mount(b"none", b"/", None, _PRIVATE, None)
    done: int = libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, size)
    return done == 0
