"""Indexes of the bench's folders, kept between runs for as long as model and indexing code are the same."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from benchmarks.quality.digests import indexing_code
from mindgap_indexer import Workspace
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.paths import HOME_VARIABLE

Tell = Callable[[str], None]
"""Takes a line about what is going on."""

KEPT_SECONDS = 24 * 3600
"""Indexes that no run has asked for in a day are removed."""


def use_home(cache: Path, instant: EmbeddingModel) -> Path:
    """Point Mindgap to the folder of indexes for this model and this indexing code."""
    homes = cache / "homes"
    home = homes / f"{instant.fingerprint[:12]}-{indexing_code()}"
    home.mkdir(parents=True, exist_ok=True)
    os.utime(home)
    for old in homes.iterdir():
        # Not only this one: another run may be using it, or the next experiment may come back to it.
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    os.environ[HOME_VARIABLE] = str(home)
    return home


@contextmanager
def opened(
    root: Path, home: Path, instant: EmbeddingModel, deep: EmbeddingModel | None, tell: Tell
) -> Generator[Workspace]:
    """The workspace of a folder, indexed, and with deep vectors if there is a model for them."""
    with Workspace.open(root, model=instant) as workspace:
        # Two benches at once would find each other's index busy.
        with FileLock(home / "bench.lock"):
            summary = workspace.index()
            if summary.files_changed:
                tell(f"indexed {summary.units:,} units in {summary.seconds:.1f} s")
            if deep is not None:
                workspace.use_deep(deep)
                if encoded := workspace.deepen():
                    tell(f"encoded {encoded:,} units deeply")
        yield workspace
