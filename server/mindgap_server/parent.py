"""Notices that the client's process is gone, also where its end of the pipe stays open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


def watch_process(pid: int, gone: Callable[[], None]) -> Callable[[], None]:
    """Call `gone` on another thread when the process ends; answers how to stop looking."""
    stopped = threading.Event()
    threading.Thread(target=_watch, args=(pid, gone, stopped), name="mindgap-parent", daemon=True).start()
    return stopped.set


def _watch(pid: int, gone: Callable[[], None], stopped: threading.Event) -> None:
    # Not at the top: psutil is not needed to answer `initialize`.
    import psutil

    try:
        process = psutil.Process(pid)
    except (psutil.NoSuchProcess, ValueError):
        # A client in another container names a process that cannot be seen from here; some name none.
        log.debug("The client's process %d cannot be seen; its end shows by the closed pipe alone.", pid)
        return
    while not stopped.wait(LOOK_SECONDS):
        if not _is_alive(process):
            log.warning("The client's process %d is gone.", pid)
            gone()
            return


def _is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; a zombie has ended, and a process id may be given away again."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
