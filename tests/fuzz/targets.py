"""What bad inputs are fed to, and what must hold for every one of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from mindgap_indexer.encoding import load_static
from mindgap_indexer.encoding.tensors import unpack
from mindgap_indexer.errors import ModelError, QueryError
from mindgap_indexer.languages import Language
from mindgap_indexer.parsing.source import Parse
from mindgap_indexer.ranking import parse_query
from mindgap_indexer.redaction import redact
from mindgap_indexer.types import Mode
from mindgap_indexer.workspace_rules.content import judge_content
from mindgap_indexer.workspace_rules.ignore import Patterns
from mindgap_server.app import create_server
from mindgap_server.channel import converse
from mindgap_server.framing import read_body
from mindgap_server.options import read_options
from mindgap_server.protocol import SearchParams
from mindgap_server.server import MindgapServer
from mindgap_server.wire import decode
from tests.fakes import make_tiny_model
from tests.fuzz.seeds import seeds
from tests.fuzz.strict import RAISED

HANG_SECONDS = 2.0
"""Of computing time: nothing may take longer."""
CUT_OFF_SECONDS = 30.0
"""So soon a process that parses without end is ended, however busy the machine is."""


class TooSlowError(AssertionError):
    """An input took longer than it may."""


@contextmanager
def in_time() -> Generator[None]:
    """Raise TooSlowError if what happens inside takes too long."""
    started = time.thread_time()
    yield
    if (seconds := time.thread_time() - started) > HANG_SECONDS:
        raise TooSlowError(f"{seconds:.1f} s")


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    check: Callable[[bytes], None]
    """Raises where a promise is broken."""


def check_parser(parse: Parse, language: Language, data: bytes) -> None:
    """Every unit lies in the file, in order, with its name in it, and its lines fit its bytes.

    A file with which a grammar does not come to an end is cut off, and has no units.
    """
    started = time.monotonic()
    parsed = parse(data, language, "fuzz")
    assert time.monotonic() - started < CUT_OFF_SECONDS
    assert not parsed.language.startswith(RAISED), parsed.language
    assert not parsed.hangs or not parsed.units
    previous = 0
    rows = data.count(b"\n") + data.count(b"\r") + 1
    for unit in parsed.units:
        assert 0 <= unit.start_byte <= unit.name_start_byte <= unit.name_end_byte <= len(data)
        assert unit.start_byte < unit.end_byte <= len(data)
        assert previous <= unit.start_byte
        assert 1 <= unit.start_line <= unit.name_line <= unit.end_line <= rows
        assert unit.doc_start_line <= unit.start_line
        assert len(unit.content_hash) == 16
        previous = unit.start_byte


def check_redaction(data: bytes) -> None:
    """As long as before, no line end moved, and nothing is left to do."""
    with in_time():
        once = redact(data)
    assert len(once) == len(data)
    assert once.count(b"\n") == data.count(b"\n")
    with in_time():
        judge_content(data)


def check_query(data: bytes) -> None:
    """A query in any mode is read, or refused with a message."""
    text = data.decode("utf-8", "surrogateescape")
    for mode in Mode:
        with in_time():
            try:
                query = parse_query(text, mode)
            except QueryError:
                continue
        assert query.mode is not Mode.AUTO


def check_ignore_file(data: bytes) -> None:
    """Any lines are read, and answer for any path, in time."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    paths = (
        "src/app/main.py",
        "a" * 60,
        "aaaa/aaaa/aaaa/aaab",
        "*.py",
        "[x]/{y}",
        "deep/" * 30 + "x.go",
        "ünï/ç.rs",
    )
    with in_time():
        patterns = Patterns(lines)
        for path in paths:
            for is_folder in (True, False):
                assert patterns.verdict(path, path.rpartition("/")[2], is_folder) in (True, False, None)


def check_options(data: bytes) -> None:
    """Any JSON gives whole options, and a sentence for whatever is wrong."""
    for value in _json_values(data):
        with in_time():
            read = read_options(value, {"search": value, "log": {"level": value}})
        assert 1 <= read.options.search.limit <= 200
        assert isinstance(read.options.max_file_size, int)
        assert all(warning.startswith("Mindgap: ") for warning in read.warnings)
        decoded = decode(SearchParams, value)
        assert decoded.problems or isinstance(decoded.value.query, str)


def _json_values(data: bytes) -> list[Any]:
    try:
        return [json.loads(data)]
    except (ValueError, RecursionError):
        # Not for the options to judge; as a text it is one.
        return [data.decode("utf-8", "replace")]


class ModelTarget:
    """A model's folder of which one file is replaced."""

    def __init__(self, folder: Path) -> None:
        self.path = make_tiny_model(folder)
        self.files = {file.name: file.read_bytes() for file in sorted(self.path.iterdir())}

    def seeds(self) -> Sequence[bytes]:
        """Each file, behind its number."""
        return [bytes([number]) + data for number, data in enumerate(self.files.values())]

    def check(self, data: bytes) -> None:
        """The model is refused with a message, or it is as good as before."""
        name = list(self.files)[data[0] % len(self.files)] if data else next(iter(self.files))
        (self.path / name).write_bytes(data[1:])
        try:
            with in_time():
                load_static(self.path)
                unpack(data[1:], self.path / name)
        except ModelError:
            pass
        finally:
            (self.path / name).write_bytes(self.files[name])


class Written:
    """Where a server's messages go."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take a message."""
        self.messages.append(data)

    def close(self) -> None:
        """Nothing to close."""


class MessageTarget:
    """A server that takes one message after the other; `exit` makes the next one come to a new one."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._server: MindgapServer | None = None

    def check(self, data: bytes) -> None:
        """It survives any message, and answers whatever has an id."""
        written = Written()
        server = self._server = self._server or create_server()
        server.protocol.set_writer(written)
        try:
            self._runner.run(_converse(server, data))
        except SystemExit:
            self.close_server()
            return
        if _wants_answer(data):
            assert written.messages, "a request without an answer"

    def close_server(self) -> None:
        """End its threads."""
        if self._server is not None:
            self._server.dispose()
            self._server.end_loop()
            self._server = None

    def close(self) -> None:
        """End everything."""
        self.close_server()
        self._runner.close()


async def _converse(server: MindgapServer, data: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
    reader.feed_eof()
    with in_time():
        await asyncio.wait_for(converse(server, partial(read_body, reader), server.stop_event()), 60)
        for _ in range(5):
            await asyncio.sleep(0)


def _wants_answer(data: bytes) -> bool:
    try:
        message: Any = json.loads(data)
    except (ValueError, RecursionError):
        return True
    if not isinstance(message, dict):
        return True
    fields = cast("dict[str, Any]", message)
    return fields.get("jsonrpc") == "2.0" and "method" in fields and isinstance(fields.get("id"), str | int)


QUERY_SEEDS = (
    b"where are retries configured",
    b"parse_http_header",
    b"for each item in list:\n    if item is None: continue\n",
    b"def f(x):\n    return [a for a in x if a]\n",
    b"HTTPServer.handleRequest",
    b'"exact words" AND NOT (a OR b*)',
    "größe der schrift ändern".encode(),
    b"SELECT * FROM t WHERE a = '%'",
    b"std::vector<int>::push_back",
)
IGNORE_SEEDS = (
    b"*.pyc\n!keep.pyc\n/build/\nsrc/**/gen_*.py\n[a-z]*.o\n\\#x\n",
    b"**/node_modules/**\n*a*a*a*a*b\n[!x-z]?\n \\ \n",
    b"# comment\n\n!\n/\n//\n***\n[[:alpha:]]x\na/**/b/**/c\n",
)
MESSAGE_SEEDS = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "mindgap/search", "params": {"query": "x", "limit": 3}}',
    b'{"jsonrpc": "2.0", "id": "a", "method": "workspace/symbol", "params": {"query": "x"}}',
    b'{"jsonrpc": "2.0", "id": 2, "method": "mindgap/status", "params": {}}',
    b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}}',
    b'{"jsonrpc": "2.0", "id": 3, "result": {"a": [1, 2, {"b": null}]}}',
    b'{"jsonrpc": "2.0", "id": 4, "error": {"code": -32601, "message": "no"}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didSave", "params": {"textDocument": {"uri": "file:///a.py"}}}',
    b'{"jsonrpc": "2.0", "id": 5, "method": "workspace/executeCommand", "params": {"command": "mindgap.x"}}',
)
OPTION_SEEDS = (
    b'{"exclude": ["a", "b"], "maxFileSize": 1000, "search": {"limit": 5}, "watch": {"enabled": false}}',
    b'{"log": {"level": "debug"}, "index": {"onStartup": true}, "deepModel": null, "deepRevision": "x"}',
    b'{"query": "x", "limit": 3, "mode": "nl", "kinds": ["function"], "paths": ["src"], "snippetLines": 2}',
    b'[1, 2.5, null, true, "text", {"a": {"b": {"c": []}}}, -0.0, 1e999]',
)


def all_targets(model: ModelTarget, messages: MessageTarget) -> Mapping[str, Target]:
    """Every target but the parsers, by name."""
    everything = [
        Target("query", lambda: QUERY_SEEDS, check_query),
        Target("ignore", lambda: IGNORE_SEEDS, check_ignore_file),
        Target("message", lambda: MESSAGE_SEEDS, messages.check),
        Target("options", lambda: OPTION_SEEDS, check_options),
        Target("model", model.seeds, model.check),
        Target(
            "redaction", lambda: (*seeds("python"), *seeds("javascript"), *seeds("bash")), check_redaction
        ),
    ]
    return {target.name: target for target in everything}


def parser_target(language: Language, parse: Parse) -> Target:
    """The parser of one language; `parse` is a guard's over `strict`."""
    return Target(
        f"parser-{language.name}", lambda: seeds(language.name), partial(check_parser, parse, language)
    )
