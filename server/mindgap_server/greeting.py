"""Answers a client's first message, `initialize`, before anything that takes time to load is loaded.

The library that speaks the rest of the protocol takes half a second to import, which an editor would spend
without knowing whether there is a server. Whoever greets imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import BinaryIO, cast

from mindgap_server.capabilities import initialize_result
from mindgap_server.framing import (
    Json,
    UnusableMessageError,
    frame,
    parse_body,
    read_body_at_once,
)


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
        body = read_body_at_once(source)
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
