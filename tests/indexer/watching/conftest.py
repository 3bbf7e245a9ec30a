"""A folder with real files, and a watcher of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mindgap_indexer.watching import Watcher
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.indexer.watching.helpers import Batches, write


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = Path(os.path.realpath(tmp_path)) / "root"
    write(folder / "src/a.py")
    write(folder / "node_modules/x/index.js")
    write(folder / ".gitignore", "out/\n*.gen.py\n")
    return folder


@pytest.fixture
def watcher(root: Path, batches: Batches) -> Iterator[Watcher]:
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03) as running:
        yield running
