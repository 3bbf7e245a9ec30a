"""The language server as a program: every feature put together, and the channel to the client."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from mindgap_server import crash, logs, threads
from mindgap_server.channel import serve_visit
from mindgap_server.features import (
    buffers,
    configuration,
    files,
    folders,
    lifecycle,
    places,
    search,
    similar,
    status,
    symbols,
)
from mindgap_server.greeting import Visit, visit_over_stdio
from mindgap_server.server import MindgapServer
from mindgap_server.tcp import check_local, serve_tcp

if TYPE_CHECKING:
    from mindgap_server.session import OpenWorkspace

log = logging.getLogger(__name__)

FEATURES = (lifecycle, configuration, folders, files, buffers, search, similar, places, symbols, status)


def create_server(opener: OpenWorkspace | None = None) -> MindgapServer:
    """A server with all features; `opener` replaces the way that workspaces are opened."""
    server = MindgapServer(opener)
    for feature in FEATURES:
        feature.register(server)
    return server


def serve(
    tcp: tuple[str, int] | None = None, opener: OpenWorkspace | None = None, visit: Visit | None = None
) -> None:
    """Serve one client, over stdio or at an address of this machine, and end the process.

    A client over stdio may have been greeted already (`serve_stdio` in start.py).
    The exit code is 0 after `shutdown` and `exit`, else 1.
    """
    if tcp is not None:
        check_local(tcp[0])
    threads.one_for_products()
    threads.take_turns_often()
    threads.share_memory()
    logs.configure(sys.stderr)
    crash.install()
    server = create_server(opener)
    try:
        if tcp is None:
            serve_visit(server, visit or visit_over_stdio())
        else:
            serve_tcp(server, *tcp)
    except (KeyboardInterrupt, SystemExit):
        # pygls ends its loop this way at `exit`.
        pass
    finally:
        clean = server.dispose()
    code = 0 if server.shut_down else 1
    if not clean:
        # A thread is still busy; what it has committed is safe.
        os._exit(code)
    sys.exit(code)
