"""ARCHITECTURE.md names every module of every component."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPONENTS = ("indexer/mindgap_indexer", "server/mindgap_server", "training/mindgap_training")
IN_EVERY_PACKAGE = {"__init__", "__main__", "errors", "types"}


def named(component: str) -> set[str]:
    """What the section of a component has between backticks."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    section = text.split(f"### `{component}`", 1)[1].split("\n##", 1)[0]
    return {name.strip("/") for name in re.findall(r"`([^`\n]+)`", section)}


def modules(component: str) -> set[str]:
    entries = [path for path in (ROOT / component).iterdir() if not path.name.startswith((".", "__py"))]
    return {path.stem for path in entries if path.is_dir() or path.suffix == ".py"} - IN_EVERY_PACKAGE


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_module_is_named(component: str) -> None:
    assert modules(component) - named(component) == set()
