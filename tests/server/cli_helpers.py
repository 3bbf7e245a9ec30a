"""Running the command line inside the test process, as `mindgap` would."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from mindgap_server.cli.app import main
from tests.fakes import hash_model


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - what json.loads answers
        return json.loads(self.out)


class Keyboard(io.TextIOWrapper):
    """Standard input that says it is a terminal."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., Ran]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs `mindgap` with these arguments and a small model."""
    monkeypatch.setattr("mindgap_indexer.workspace.load_default", hash_model)

    def run(*arguments: str | Path, stdin: str | bytes = b"", keyboard: bool = False) -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        stream = Keyboard if keyboard else io.TextIOWrapper
        monkeypatch.setattr(sys, "stdin", stream(io.BytesIO(data), encoding="ascii"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(cast("int", end.value.code), captured.out, captured.err)

    return run
