"""Folders appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mindgap_training.errors import TrainingError
from mindgap_training.files import MARKER, whole_folder


def write(folder: Path, text: str) -> None:
    with whole_folder(folder) as unfinished:
        (unfinished / MARKER).write_text(text, "utf-8")


def test_a_new_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write(folder, "{}")
    write(folder, "[]")
    assert (folder / MARKER).read_text("utf-8") == "[]"
    assert list(tmp_path.iterdir()) == [folder]


def test_the_old_folder_stays_when_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    write(folder, "{}")
    replace = os.replace

    def fail_for_the_new(source: Path, target: Path) -> None:
        if target == folder and (source / MARKER).read_text("utf-8") == "[]":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_for_the_new)
    with pytest.raises(TrainingError):
        write(folder, "[]")
    assert (folder / MARKER).read_text("utf-8") == "{}"
    assert list(tmp_path.iterdir()) == [folder]
