"""What the command line needs of the terminal around it: streams, consoles, Ctrl-C, and plain words."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

    from mindgap_indexer.types import CancelCheck

CANCELLED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

_UNPRINTABLE = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
}


def speak_utf8() -> None:
    r"""Make the standard streams UTF-8 whatever the platform's code page; nothing that is written fails.

    A file name that is not Unicode is written with `\udcXX` escapes, which JSON reads as well.
    """
    _recode(sys.stdin, "utf-8-sig", "replace")
    for stream in (sys.stdout, sys.stderr):
        _recode(stream, "utf-8", "backslashreplace")


def _recode(stream: TextIO, encoding: str, errors: str) -> None:
    if isinstance(stream, io.TextIOWrapper):
        cast("io.TextIOWrapper", stream).reconfigure(encoding=encoding, errors=errors)


def output() -> Console:
    """Standard output, for what was asked for; without colour where it is no terminal."""
    from rich.console import Console  # not at the top: answers as JSON need none

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def notes() -> Console:
    """Standard error, for what happens meanwhile."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def write_json(value: object) -> None:
    """One line of JSON on standard output, written through at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def note(message: str) -> None:
    """Say something beside the output."""
    notes().print(message)


def printable(text: str) -> str:
    """Text without control characters: source files and file names must not steer the terminal."""
    return text.translate(_UNPRINTABLE)


def abandon_output() -> None:
    """Send the rest of the output nowhere: its reader (`| head`) has what it wanted."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def interruptible() -> Generator[CancelCheck]:
    """Let Ctrl-C ask for a clean end inside this block; a second Ctrl-C ends at once."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.set()

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def megabytes(size: float) -> str:
    """`0.3 MB`, `1,234.5 MB` (10^6 bytes)."""
    return f"{size / 1e6:,.1f} MB"
