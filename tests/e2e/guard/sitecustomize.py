"""Writes down every attempt of a process to reach the network; a test puts it on the path of its own."""

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
_LOG = os.environ.get("MINDGAP_TEST_EGRESS_LOG")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS and not (event == "socket.connect" and isinstance(arguments[1], str | bytes)):
        # A path is a socket of this machine.
        with open(os.open(_LOG or "", os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a") as log:
            log.write(f"{event} {arguments!r}\n")
        raise PermissionError(f"a test forbids {event}")


if _LOG:
    sys.addaudithook(_watch)
