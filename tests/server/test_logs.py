"""Logs: one id a request, timings, JSON on demand, no secrets and no params."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Generator

import pytest
from pygls.exceptions import JsonRpcInvalidParams

from mindgap_server import logs
from mindgap_server.logs import FORMAT_VARIABLE, configure, hide_expected_errors, hide_params, request

SECRET = "ghp_" + "a1B2c3D4e5" * 4


@pytest.fixture
def stream() -> Generator[io.StringIO]:
    """What is logged, by the real set-up, undone afterwards."""
    root, rpc = logging.getLogger(), logging.getLogger("pygls.protocol.json_rpc")
    handlers, filters, own = list(root.handlers), list(rpc.filters), logging.getLogger("mindgap_server")
    root.handlers.clear()
    level, pygls_level = own.level, logging.getLogger("pygls").level
    own.setLevel(logging.DEBUG)
    stream = io.StringIO()
    configure(stream)
    yield stream
    root.handlers[:], rpc.filters[:] = handlers, filters
    own.setLevel(level)
    logging.getLogger("pygls").setLevel(pygls_level)


def test_records_of_a_request_carry_its_id(stream: io.StringIO) -> None:
    logger = logging.getLogger("mindgap_server.test")
    logger.info("before")
    with request("mindgap/search"):
        logger.info("first")
    with pytest.raises(KeyError), request("mindgap/status"):
        raise KeyError
    lines = stream.getvalue().splitlines()
    assert [re.search(r"\[(-|r\d+)\]: (.+?)(?: after [\d.]+ ms)?$", line) is not None for line in lines]
    ids = [line.partition("[")[2].partition("]")[0] for line in lines]
    assert ids[0] == "-"
    assert ids[1] == ids[2] != ids[3]
    assert "mindgap/search: answered after" in lines[2]
    assert "mindgap/status: KeyError after" in lines[3]


def test_slow_requests_are_logged_without_being_asked(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging.getLogger("mindgap_server").setLevel(logging.INFO)
    with request("fast"):
        pass
    monkeypatch.setattr(logs, "SLOW_MS", -1)
    with request("slow"):
        pass
    (line,) = stream.getvalue().splitlines()
    assert "INFO mindgap_server.logs" in line
    assert "slow: answered" in line


def test_json_lines(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "json")
    configure(stream)
    logger = logging.getLogger("mindgap_server.test")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("with %s", SECRET)
    record = json.loads(stream.getvalue())
    assert (record["level"], record["logger"], record["request"]) == ("error", "mindgap_server.test", "-")
    assert record["message"] == "with " + "*" * len(SECRET)
    assert "ValueError: ****" in record["error"]


def test_lines_hold_no_secret(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"password='hunter2' {SECRET}")
    except ValueError:
        logging.getLogger("mindgap_server.test").exception("Failed at %s", SECRET)
    text = stream.getvalue()
    assert SECRET not in text
    assert "hunter2" not in text
    assert "Failed at ****" in text


@pytest.mark.parametrize(("error", "shown"), [(JsonRpcInvalidParams(), False), (RuntimeError(), True)])
def test_tracebacks_are_for_what_nobody_expected(error: Exception, shown: bool) -> None:
    info = (type(error), error, None)
    record = logging.LogRecord("pygls", logging.ERROR, "", 0, "failed", (), info)
    assert hide_expected_errors(record) is shown


@pytest.mark.parametrize(
    ("message", "arguments", "shown"),
    [
        ("Failed to handle request %s %s %s", (1, "m", "code"), "request 1 m (params not shown)"),
        ("Failed to handle notification %r: %s", ("m", "code"), "notification 'm': (params not shown)"),
        ("Unable to deserialize message\n%s", ("code",), "message\n(not shown)"),
        ('Unknown message "%s"', ("code",), '"(not shown)"'),
        ("Ignoring notification for unknown method %r", ("m",), "method 'm'"),
    ],
)
def test_params_stay_out_of_the_log(message: str, arguments: tuple[object, ...], shown: str) -> None:
    record = logging.LogRecord("pygls", logging.ERROR, "", 0, message, arguments, None)
    assert hide_params(record)
    assert shown in record.getMessage()
    assert "code" not in record.getMessage()
