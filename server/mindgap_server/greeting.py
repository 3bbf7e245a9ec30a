"""Answers a client's first message, `initialize`, before anything that takes time to load is loaded.

The library that speaks the rest of the protocol takes half a second to import, which an editor would spend
without knowing whether there is a server. Whoever greets imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from typing import Any, BinaryIO, Generic, TypeVar, cast

from mindgap_server.capabilities import initialize_result
from mindgap_server.framing import (
    MAX_HEADER,
    Json,
    UnusableMessageError,
    frame,
    parse_body,
    read_body,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class First:
    """A client's first message, as far as it is dealt with."""

    body: bytes | None = None
    """As it came; None: nothing has come."""
    answered: bool = False
    """It is an `initialize` that has its answer."""
    error: UnusableMessageError | None = None
    """It could not be read."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A client at the other ends of two streams."""

    source: BinaryIO
    target: BinaryIO
    first: First


def visit_over_stdio() -> Visit:
    """Wait for the client that started this process, and greet it."""
    source, target = sys.stdin.buffer, private_stdout()
    return Visit(source, target, greet(source, target))


def private_stdout() -> BinaryIO:
    """The way to the client, for messages alone: what else is written to stdout goes to stderr."""
    sys.stdout.flush()
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def greet(source: BinaryIO, target: BinaryIO) -> First:
    """Read the first message, and answer it if it is an `initialize` as it should be."""
    try:
        body = _at_once(read_body(_BlockingReader(source)))
    except UnusableMessageError as error:
        return First(error=error)
    answer = None if body is None else _answer(body)
    if answer is None:
        return First(body)
    # Who has gone already is noticed by whoever reads the next message.
    with contextlib.suppress(BrokenPipeError):
        target.write(frame(answer))
        target.flush()
    return First(body, answered=True)


def _answer(body: bytes) -> dict[str, Json] | None:
    """The answer to `initialize`; None where it is for others to say what is wrong with the message."""
    try:
        message = parse_body(body)
    except UnusableMessageError:
        return None
    number, params = message.get("id"), message.get("params")
    if message.get("method") != "initialize" or not isinstance(number, int | str):
        return None
    client = cast("dict[str, Json]", params).get("capabilities") if isinstance(params, dict) else None
    if not isinstance(client, dict):
        return None
    return {"id": number, "result": initialize_result(cast("dict[str, Json]", client))}


class _Done(Generic[T]):
    """An awaitable that is done."""

    def __init__(self, value: T) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, T]:
        yield from ()
        return self._value


class _BlockingReader:
    """Reads a stream on the thread that asks."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> _Done[bytes]:
        return _Done(self._stream.readline(MAX_HEADER))

    def read(self, n: int, /) -> _Done[bytes]:
        return _Done(self._stream.read(n))


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    raise RuntimeError("The coroutine waits.")
