"""How Mindgap logs: one line a record, with the request that it belongs to, without secrets.

`MINDGAP_LOG_FORMAT=json` makes each line a JSON object.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import time
from collections.abc import Generator
from contextvars import ContextVar
from typing import TextIO

from pygls.exceptions import JsonRpcException

FORMAT_VARIABLE = "MINDGAP_LOG_FORMAT"
SLOW_MS = 1_000
"""Requests that take longer are logged without being asked for."""

log = logging.getLogger(__name__)
_request: ContextVar[str] = ContextVar("request", default="-")
_numbers = itertools.count(1)


@contextlib.contextmanager
def request(method: str) -> Generator[None]:
    """What is logged inside carries one id; how it ended and how long it took is logged at its end."""
    token = _request.set(f"r{next(_numbers)}")
    started = time.perf_counter()
    outcome = "answered"
    try:
        yield
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        milliseconds = (time.perf_counter() - started) * 1000
        level = logging.INFO if milliseconds > SLOW_MS else logging.DEBUG
        log.log(level, "%s: %s after %.1f ms", method, outcome, milliseconds)
        _request.reset(token)


def note_request(record: logging.LogRecord) -> bool:
    """A filter that keeps every record and writes the request's id into it, on the thread that logs."""
    record.request = _request.get()
    return True


class LineFormatter(logging.Formatter):
    """Text for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request)s]: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One record, secrets starred out."""
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """A JSON object for programs."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, secrets starred out."""
        fields = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": getattr(record, "request", "-"),
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            fields["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def without_secrets(text: str) -> str:
    """The text with secrets starred out."""
    # Not at the top: nothing of the indexer is imported before `initialize` is answered.
    from mindgap_indexer.redaction import redact_text

    return redact_text(text)


def configure(stream: TextIO) -> None:
    """Log to this stream, in the format that the environment asks for."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if os.environ.get(FORMAT_VARIABLE) == "json" else LineFormatter())
    handler.addFilter(note_request)
    logging.basicConfig(handlers=[handler], force=True)
    pygls = logging.getLogger("pygls")
    # What it says below that holds whole messages.
    pygls.setLevel(logging.WARNING)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(hide_params)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(hide_expected_errors)


def hide_expected_errors(record: logging.LogRecord) -> bool:
    """A filter for pygls's logger, which shows a traceback for each error that a client is answered."""
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcException))


def hide_params(record: logging.LogRecord) -> bool:
    """A filter that keeps every record of pygls but not the params in it: they hold code and queries."""
    if isinstance(record.args, tuple) and isinstance(record.msg, str):
        if record.msg.startswith("Failed to handle") and len(record.args) > 1:
            record.args = (*record.args[:-1], "(params not shown)")
        elif record.msg.startswith(("Unable to deserialize", "Unknown message")):
            record.args = ("(not shown)",) * len(record.args)
    return True
