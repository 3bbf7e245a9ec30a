"""Random edits, searches, branch switches and restarts for a while: memory must stay flat, the index right.

    python -m benchmarks.speed.soak FOLDER --minutes 10

The folder is copied first, and stays as large as it is: the next edit of a file takes back what the last one
added.
Ends with the slope of the server's memory, and with the index beside a fresh one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.speed.lsp import Server
from benchmarks.speed.measure import environment_of
from benchmarks.speed.queries import QUERIES
from benchmarks.speed.watch import Watch
from mindgap_indexer.paths import HOME_VARIABLE, index_folder
from mindgap_indexer.store import Store
from mindgap_indexer.types import Tier
from mindgap_indexer.workspace import Workspace

ROUND_SECONDS = 120.0
"""A server lives at least so long."""
WARM_UP = 0.4
"""Share of each server's life before its memory counts: caches fill."""
BRANCH = 200
"""Files that a branch switch changes."""


@dataclass(slots=True)
class Soak:
    """A soaking workspace."""

    root: Path
    environment: Mapping[str, str]
    texts: Mapping[Path, str]
    """The files as they were."""
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    slopes: list[float] = field(default_factory=list[float])
    """MB a minute, of each server; of the process alone, since helpers come and go."""
    ends: list[float] = field(default_factory=list[float])
    """MB of each at its end."""
    peak: float = 0.0
    """MB of a server with its helpers, at most."""
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def round(self, seconds: float) -> None:
        """The life of one server."""
        minutes, megabytes = list[float](), list[float]()
        with Server(self.root, self.environment) as server, Watch(server.process.pid) as watch:
            server.wait_until_ready()
            started = time.perf_counter()
            while (now := time.perf_counter() - started) < seconds:
                self._act(server)
                if now > WARM_UP * seconds:
                    minutes.append(now / 60)
                    megabytes.append(watch.own_mb())
            server.request("mindgap/reindex", {})
            server.wait_until_ready()
        if len(minutes) > 2:
            self.slopes.append(float(np.polyfit(minutes, megabytes, 1)[0]))
            self.ends.append(float(np.median(megabytes[-len(megabytes) // 10 :])))
        self.peak = max(self.peak, watch.peak_mb)

    def _act(self, server: Server) -> None:
        name, weight = zip(*_ACTIONS.items(), strict=True)
        action = self.chance.choices(name, weight)[0]
        self.counts[action] = self.counts.get(action, 0) + 1
        if action == "search":
            server.search(self.chance.choice(QUERIES))
        elif action == "type":
            path = self._file()
            server.open(path, self._changed(path))
            server.search("typed while soaking")
            server.close(path)
        elif action == "edit":
            self._rewrite([self._file()])
        elif action == "add":
            # What was removed comes back: the folder is to stay as large as it is.
            gone = sorted(path for path in self.texts if not path.exists())
            new = self.root / f"added_{self.chance.getrandbits(32):x}.py"
            self._rewrite([self.chance.choice(gone) if gone else new])
        elif action == "remove":
            self._file().unlink()
        else:
            self._rewrite(self.chance.sample(files := self._files(), min(BRANCH, len(files))))

    def _rewrite(self, paths: Sequence[Path]) -> None:
        for path in paths:
            path.write_text(self._changed(path), "utf-8")

    def _changed(self, path: Path) -> str:
        return self.texts.get(path, "") + self._function()

    def _function(self) -> str:
        return (
            f"\n\ndef typed_{self.chance.getrandbits(32):x}(x):\n    return x * {self.chance.randint(2, 9)}\n"
        )

    def _file(self) -> Path:
        return self.chance.choice(self._files())

    def _files(self) -> list[Path]:
        return sorted(self.root.rglob("*.py"))


_ACTIONS = {"search": 60, "type": 15, "edit": 15, "add": 5, "remove": 5, "switch": 1}


def main() -> int:
    """Soak a copy of a folder; 1 when memory grew or the index differs from a fresh one."""
    parser = argparse.ArgumentParser(description="Random work for a while.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--servers", type=int, default=4, help="that follow one another")
    parser.add_argument("--slope", type=float, default=1.0, help="MB a minute that are still flat")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mindgap-soak-") as folder:
        root = Path(folder) / "corpus"
        shutil.copytree(options.folder, root)
        texts = {path: path.read_text("utf-8", "replace") for path in root.rglob("*.py")}
        soak = Soak(root, environment_of(Path(folder)), texts)
        end = time.perf_counter() + 60 * options.minutes
        life = max(ROUND_SECONDS, 60 * options.minutes / options.servers)
        while (left := end - time.perf_counter()) > 0:
            soak.round(min(life, left))
            slopes, ends = [round(slope, 2) for slope in soak.slopes], [round(end) for end in soak.ends]
            print(f"{soak.counts}; slopes {slopes} MB a minute, ends {ends} MB", flush=True)
        same = _contents(root, Path(folder) / "home") == _contents(root, Path(folder) / "fresh")
    slope = float(np.median(soak.slopes)) if soak.slopes else 0.0
    print(
        f"memory: {slope:+.2f} MB a minute (median of the servers), {soak.peak:.0f} MB with helpers at most"
    )
    print(f"index as a fresh one: {same}")
    return 0 if same and slope <= options.slope else 1


def _contents(root: Path, home: Path) -> tuple[list[object], dict[bytes, list[bytes]]]:
    """Units and vectors of an index, which is made if there is none."""
    os.environ[HOME_VARIABLE] = str(home)
    with Workspace.open(root) as workspace:
        if not workspace.is_indexed:
            workspace.index()
    with Store(index_folder(root)) as store:
        reader = store.reader()
        units: list[object] = [(u.path, u.qualname, u.start_byte, u.end_byte) for u in reader.all_units()]
        return units, reader.vectors(Tier.INSTANT)


if __name__ == "__main__":
    sys.exit(main())
