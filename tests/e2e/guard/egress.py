"""Writes down every attempt of a process to reach the network; the interpreter of a test imports it first."""

import os
import sys

_EVENTS = {
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "urllib.Request",
}
_FOLDER = os.environ.get("MINDGAP_TEST_EGRESS", "")


def _note(file: str, line: str) -> None:
    with open(os.open(os.path.join(_FOLDER, file), os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a") as log:
        log.write(line + "\n")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS and not (event == "socket.connect" and isinstance(arguments[1], str | bytes)):
        # A path is a socket of this machine.
        _note("attempts", f"{event} {arguments!r}")
        raise PermissionError(f"a test forbids {event}")


if _FOLDER:
    _note("watched", repr(sys.orig_argv))
    sys.addaudithook(_watch)
