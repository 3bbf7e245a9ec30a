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
from types import FrameType
from typing import TYPE_CHECKING, TextIO, cast

from mindgap_indexer.errors import QueryError

if TYPE_CHECKING:
    from rich.console import Console

    from mindgap_indexer.types import CancelCheck

CANCELLED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

_UNPRINTABLE = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
}


def mend_streams() -> None:
    """Put something that takes everything and says nothing in the place of streams that a shell closed.

    Standard input is left out for `standard_input` to tell. The descriptors are taken, or the next files that
    are opened would get them; processes that are started get them too.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The system gives the lowest that is free.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    # Python has no stream at all in such a place.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def standard_input() -> TextIO:
    """Standard input. Raises QueryError when a shell closed it (`<&-`)."""
    if sys.stdin is None:
        raise QueryError("Standard input is closed, so there is no query to read. Give it as an argument.")
    return sys.stdin


@contextlib.contextmanager
def reading(what: str) -> Generator[None]:
    """Say in plain words that what holds the queries cannot be read. Raises QueryError."""
    try:
        yield
    except OSError as error:
        raise QueryError(
            f"{what} cannot be read ({error.strerror}). Check that it is text that you may read."
        ) from error


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
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def note(message: str) -> None:
    """Say something beside the output."""
    notes().print(message)


def printable(text: str) -> str:
    """Text without control characters: source files and file names must not steer the terminal."""
    return text.translate(_UNPRINTABLE)


def printable_line(text: str) -> str:
    """The same in one line: a file name may hold a line break."""
    return printable(text.replace("\n", "\\n"))


def output_fails() -> bool:
    """Whether standard output takes nothing any more; then it is abandoned.

    It is tried with an empty line: what could not be written is not kept where the stream has no buffer.
    """
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        abandon_output()
        return True
    return False


def abandon_output() -> None:
    """Send the rest of the output nowhere: its reader (`| head`) has what it wanted."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def noticing_ctrl_c() -> Generator[CancelCheck]:
    """Ctrl-C ends what is inside as ever, and one can ask whether it came: foreign code may swallow it."""
    came = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        came.set()
        signal.default_int_handler(number, frame)

    previous = signal.signal(signal.SIGINT, end)
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


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
