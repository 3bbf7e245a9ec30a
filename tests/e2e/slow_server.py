"""A server whose first index and whose search for `wait` take until they are cancelled."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from mindgap_indexer.errors import Cancelled
from mindgap_indexer.freshness import OpenBuffers
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.search import DEFAULT_LIMIT
from mindgap_indexer.together import Prospects
from mindgap_indexer.types import (
    CancelCheck,
    Filters,
    IndexSummary,
    Mode,
    Progress,
    ProgressCallback,
    Tier,
)
from mindgap_indexer.workspace import Workspace
from mindgap_server.app import serve

log = logging.getLogger("mindgap_server.tests")


class SlowWorkspace(Workspace):
    """Waits for the client's patience to end."""

    was_cancelled = False

    def index(
        self, progress: ProgressCallback = lambda _: None, cancelled: CancelCheck = lambda: False
    ) -> IndexSummary:
        """Stop half way at first, then index."""
        if not self.was_cancelled:
            progress(Progress("index", 1, 2))
            _wait(cancelled)
            self.was_cancelled = True
            raise Cancelled
        return super().index(progress, cancelled)

    def prospects(
        self,
        text: str,
        mode: Mode = Mode.AUTO,
        filters: Filters = Filters(),
        tier: Tier = Tier.AUTO,
        buffers: OpenBuffers = lambda _: None,
        cancelled: CancelCheck = lambda: False,
        limit: int = DEFAULT_LIMIT,
    ) -> Prospects:
        """Stop at `wait`."""
        if text == "wait":
            log.info("the search is waiting")
            _wait(cancelled)
            log.info("the search has stopped")
            raise Cancelled
        return super().prospects(text, mode, filters, tier, buffers, cancelled, limit)


def _wait(cancelled: CancelCheck) -> None:
    while not cancelled():
        time.sleep(0.005)


def _open(folder: Path, options: IndexOptions) -> Workspace:
    return SlowWorkspace.open(folder, options)


if __name__ == "__main__":
    serve(opener=_open)
