"""Fixtures for all tests: every test has a Mindgap folder of its own."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mindgap_indexer.paths import HOME_VARIABLE

WriteTree = Callable[[Mapping[str, str | bytes]], Path]


def pytest_report_header() -> str:
    packages = ("apsw", "sqlite-vec", "tree-sitter", "pygls", "watchdog", "numpy", "tokenizers")
    return "with " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)


@pytest.fixture(autouse=True)
def mindgap_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index folder of its own, outside of any workspace."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    return home


@pytest.fixture
def write_tree(tmp_path: Path) -> WriteTree:
    """Write files below a workspace folder; answers the folder."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "workspace"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write
