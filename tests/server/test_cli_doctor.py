from __future__ import annotations

import sys
from importlib import metadata, util
from pathlib import Path
from typing import Any

import pytest

from mindgap_indexer import ModelError, StoreError, paths
from mindgap_server.cli import checks
from tests.conftest import WriteTree
from tests.server.cli_helpers import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("mindgap_indexer.encoding.load_default", lambda: None)  # see `model`
    monkeypatch.undo()
    return runner(capsys, monkeypatch)
