"""Crash reports: where Mindgap's own code failed, written to a file that a person can read and share.

A report holds no text of the workspace, no query and no file name of it: no message of an error that is not
Mindgap's own, no values, and of the places only those inside installed packages.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from types import TracebackType

log = logging.getLogger(__name__)

MAX_REPORTS = 20
_PACKAGES = ("mindgap", "apsw", "sqlite-vec", "tree-sitter", "pygls", "watchdog", "numpy", "tokenizers")
_HEAD = """Mindgap crash report
This file is on your machine alone. It names places in the code of Mindgap and of the packages it uses, and
holds nothing of your code, your queries or your folders. Read it, then share it if you like.
"""
_written: set[str] = set()
"""What was reported by this process: the thousandth of its kind says nothing new."""


def write_report(error: BaseException, doing: str) -> Path | None:
    """Write a report; None when there is one of this failure already or none can be written."""
    places = list(_chain(error))
    name = hashlib.blake2b("\n".join(places).encode(), digest_size=4).hexdigest()
    if name in _written:
        return None
    _written.add(name)
    with contextlib.suppress(OSError):
        return _write(name, "\n".join((_HEAD, *_circumstances(doing), "", *places, "")))
    return None


def report_and_say(error: BaseException, doing: str) -> None:
    """Write a report and log where it is."""
    file = write_report(error, doing)
    if file is not None:
        log.error("%s failed (%s). A report for you to read is in %s", doing, type(error).__name__, file)


def install() -> Callable[[], None]:
    """Report what nobody catches, on any thread; answers how to undo that."""
    before = sys.excepthook, threading.excepthook

    def on_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        report_and_say(error.with_traceback(trace), "The main thread")
        before[0](kind, error, trace)

    def on_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            report_and_say(arguments.exc_value, "A thread")
        before[1](arguments)

    sys.excepthook, threading.excepthook = on_error, on_thread

    def undo() -> None:
        sys.excepthook, threading.excepthook = before

    return undo


def folder() -> Path:
    """Where reports are."""
    from mindgap_indexer.paths import home

    return home() / "crashes"


def _write(name: str, text: str) -> Path:
    from mindgap_indexer.paths import make_private, make_private_file

    reports = make_private(folder())
    for old in sorted(reports.glob("*.txt"))[: 1 - MAX_REPORTS]:
        old.unlink(missing_ok=True)
    file = make_private_file(reports / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}.txt")
    file.write_text(text, "utf-8")
    return file


def _circumstances(doing: str) -> Iterator[str]:
    from importlib import metadata  # takes longer than the rest of the server's start

    yield f"doing: {doing}"
    yield f"time: {time.strftime('%Y-%m-%d %H:%M:%S %z')}"
    yield f"python: {platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield f"{package}: {metadata.version(package)}"


def _chain(error: BaseException) -> Iterator[str]:
    """The error with what caused it, the cause first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
        yield "which led to"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {_place(frame.filename)}:{frame.lineno} in {frame.name}"
    yield type(error).__qualname__


def _place(filename: str) -> str:
    """The file inside its package; nothing of where the package is installed, or of any other file."""
    parts = PurePath(filename).parts
    for anchor in ("site-packages", "lib", "server", "indexer", "training"):
        if anchor in parts:
            inside = parts[len(parts) - parts[::-1].index(anchor) :]
            if inside[0].startswith("mindgap_") or anchor in ("site-packages", "lib"):
                return "/".join(inside)
    return "(elsewhere)"
