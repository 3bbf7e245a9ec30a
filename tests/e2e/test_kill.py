"""SIGKILL at random moments while indexing loses nothing: the restarted index equals an undisturbed one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mindgap_indexer.encoding import load_default
from mindgap_indexer.paths import HOME_VARIABLE, index_folder
from mindgap_indexer.store import Allowed, Store
from mindgap_indexer.types import Tier

KILLS = 20
FILES = 60

# Commits after every second file, so that kills meet every stage often.
_INDEX = """
import sys
import mindgap_indexer.batches as batches
from mindgap_indexer import Workspace
batches.BATCH_FILES = 2
Workspace.open(sys.argv[1]).index(lambda progress: print(progress, flush=True))
"""


def write_module(root: Path, number: int, version: int) -> None:
    """A file of 25 functions; another version changes all of them but the last."""
    functions = "\n\n".join(
        f'def task_{number}_{i}(item, count={i}):\n    """Handle case {i} of group {version}."""\n'
        f"    for step in range(count):\n        item = transform_{version}(item, step)\n    return item\n"
        for i in range(25)
    )
    path = root / f"group{number % 7}" / f"module_{number}.py"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(functions + "\n\ndef shared():\n    return 'the same everywhere'\n")


def contents(root: Path) -> tuple[list[object], dict[bytes, list[bytes]], list[tuple[str, float]], int]:
    """Everything that an index holds, ids left out: units, vectors, and what searches can reach."""
    with Store(index_folder(root)) as store:
        reader = store.reader()
        units = reader.all_units()
        names = {unit.content_id: unit.qualname for unit in units}
        query = load_default().embed_queries(["handle a case of a group"])[0]
        near = reader.search_vectors(Tier.INSTANT, query, 4_000, Allowed())
        text = reader.search_text(["group"], 10_000, Allowed())
        places: list[object] = [
            (u.path, u.qualname, u.kind, u.signature, u.start_byte, u.end_byte, u.start_line) for u in units
        ]
        reached = sorted((names[content], round(score, 5)) for content, score in near.items())
        return places, reader.vectors(Tier.INSTANT), reached, len(text)


def run_and_kill(command: list[str], reports: int, seconds: float) -> bool:
    """Start to index, kill it so long after so many reports of progress; True if it was still at work."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(reports):
            process.stdout.readline()
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
        return False


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_twenty_kills_while_indexing_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "workspace"
    command = [sys.executable, "-c", _INDEX, str(root)]
    moments = random.Random(20)
    for number in range(FILES):
        write_module(root, number, 0)

    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "killed"))
    killed = 0
    for version in range(1, KILLS + 1):
        # 20 files are 10 batches, each committed and reported by itself; between reports lie milliseconds.
        killed += run_and_kill(command, moments.randint(1, 9), moments.uniform(0.0, 0.01))
        for number in moments.sample(range(FILES), 20):
            # Versions come back, as they do when branches are switched.
            write_module(root, number, version % 5)
    subprocess.run(command, check=True, capture_output=True)
    survived = contents(root)

    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "undisturbed"))
    subprocess.run(command, check=True, capture_output=True)
    assert killed >= KILLS // 2
    assert survived == contents(root)
