"""Mindgap's own files are truncated, overwritten, foreign, too old or too new."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.errors import ModelError
from mindgap_indexer.store.schema import SCHEMA_VERSION
from tests.fakes import make_tiny_model
from tests.faults import child
from tests.faults.lab import Lab
from tests.faults.registry import Area, Run, Scenario, add, scenario

REBUILT = "it is seen; the index is built anew and equals a fresh one"


def _overwrite(file: Path, start: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(start)
        stream.write(data)


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _truncate(file: Path, size: int) -> None:
    with file.open("r+b") as stream:
        stream.truncate(size)


_INDEX_FILE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "empty": ("the index file is empty", lambda file: _truncate(file, 0)),
    "few_bytes": ("of the index file a few bytes are left", lambda file: _truncate(file, 50)),
    "one_page": ("of the index file one page is left", lambda file: _truncate(file, 4_096)),
    "half": (
        "the index file is cut in half",
        lambda file: _truncate(file, file.stat().st_size // 8192 * 4096),
    ),
    "header": ("the header of the index file is overwritten", lambda file: _overwrite(file, 0, _noise(100))),
    "schema_page": (
        "the page of the schema is overwritten",
        lambda file: _overwrite(file, 100, _noise(3_000)),
    ),
    "text": ("the index file is a text", lambda file: _overwrite(file, 0, b"I am a text. " * 4_000)),
    "zeros": (
        "the index file is full of zeros",
        lambda file: _overwrite(file, 0, bytes(file.stat().st_size)),
    ),
}


def _damaged(damage: Callable[[Path], None]) -> Run:
    def run(lab: Lab) -> None:
        lab.index()
        lab.checkpoint()
        damage(lab.database)
        lab.edit()
        lab.index()
        lab.equals_fresh()

    return run


for _name, (_fault, _damage) in _INDEX_FILE.items():
    add(Scenario(f"damage_{_name}", Area.DAMAGE, _fault, REBUILT, _damaged(_damage)))


@scenario(Area.DAMAGE, "pages in the middle of the index file are overwritten", REBUILT)
def damage_pages(lab: Lab) -> None:
    lab.index()
    lab.checkpoint()
    _overwrite_pages(lab)
    lab.edit()
    lab.index()
    lab.equals_fresh()


def _beside_a_server(damage: Callable[[Lab], None], told: str) -> Run:
    def run(lab: Lab) -> None:
        lab.index()
        lab.checkpoint()
        server = lab.server(probe=0.1)
        server.until("ready")
        damage(lab)
        server.log_says(told)
        server.until("ready")
        server.finds("task_3_4")
        server.bye()
        lab.equals_fresh()

    return run


def _overwrite_pages(lab: Lab) -> None:
    size = lab.database.stat().st_size
    for start in range(8 * 4_096, size - 4_096, 5 * 4_096):
        _overwrite(lab.database, start, _noise(4_096))


def _lose_words(lab: Lab) -> None:
    lab.sql("DELETE FROM posting WHERE segment = (SELECT min(id) FROM segment)")


_BESIDE: dict[str, tuple[str, Callable[[Lab], None], str]] = {
    "pages": ("pages of the index file are overwritten", _overwrite_pages, "is degraded (The index"),
    "words": ("a part of the words of the index is lost", _lose_words, "have no words"),
}
for _name, (_fault, _harm, _told) in _BESIDE.items():
    add(
        Scenario(
            f"server_notices_{_name}",
            Area.DAMAGE,
            f"{_fault} while a server runs",
            "its probe notices, says degraded, builds anew what is affected; equals fresh",
            _beside_a_server(_harm, _told),
        )
    )


@scenario(Area.DAMAGE, "the journal is cut in half", "what is whole in it is kept; equals fresh")
def damage_journal_cut(lab: Lab) -> None:
    lab.with_journal(lambda file: _truncate(file, file.stat().st_size // 2))
    lab.index()
    lab.equals_fresh()


@scenario(Area.DAMAGE, "the journal is overwritten with noise", "what is whole in it is kept; equals fresh")
def damage_journal_noise(lab: Lab) -> None:
    lab.with_journal(lambda file: _overwrite(file, 1_000, _noise(40_000)))
    lab.index()
    lab.equals_fresh()


@scenario(Area.DAMAGE, "the journal is gone", "the next run notices what is missing; equals fresh")
def damage_journal_gone(lab: Lab) -> None:
    lab.with_journal(lambda file: file.unlink())
    lab.index()
    lab.equals_fresh()


@scenario(Area.DAMAGE, "a folder stands where the index file should be", "a message says what to do")
def damage_folder(lab: Lab) -> None:
    lab.database.mkdir(parents=True)
    message = lab.start(child.index).message()
    assert "cannot be opened" in message or "cannot be written" in message


@scenario(Area.DAMAGE, "the tables of the index are gone", REBUILT)
def damage_tables(lab: Lab) -> None:
    lab.index()
    for table in ("posting", "segment", "unit"):
        lab.sql(f"DROP TABLE {table}")
    lab.index()
    lab.equals_fresh()


@scenario(Area.DAMAGE, "the index has an older schema", "it is built anew; equals fresh")
def schema_older(lab: Lab) -> None:
    lab.index()
    lab.sql("PRAGMA user_version = 1")
    lab.index()
    assert lab.sql("PRAGMA user_version") == [(SCHEMA_VERSION,)]
    lab.equals_fresh()


@scenario(
    Area.DAMAGE, "the index has a newer schema", "a message says to upgrade; the newer index is not touched"
)
def schema_newer(lab: Lab) -> None:
    lab.index()
    lab.sql(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = lab.database.read_bytes()
    message = lab.start(child.index).message()
    assert "was made by a newer Mindgap" in message
    assert "`mindgap clear`" in message
    assert lab.database.read_bytes() == before


@scenario(Area.DAMAGE, "a lock file of a dead process is left", "it holds nobody up; equals fresh")
def stale_lock(lab: Lab) -> None:
    lab.index_folder.mkdir(parents=True)
    (lab.index_folder / "writer.lock").write_text("4711 some-host 0\n")
    lab.index()
    lab.equals_fresh()


@scenario(Area.DAMAGE, "the index of another folder is copied here", "only what fits is kept; equals fresh")
def foreign_index(lab: Lab) -> None:
    lab.index()
    lab.checkpoint()
    copy = lab.folder / "copy.db"
    shutil.copy(lab.database, copy)
    shutil.rmtree(lab.root / "group1")
    lab.edit((0, 3, 6), version=9)
    shutil.copy(copy, lab.database)
    lab.index()
    lab.equals_fresh()


def _model_damaged(damage: Callable[[Path], None], message: str) -> Run:
    def run(lab: Lab) -> None:
        folder = make_tiny_model(lab.folder / "model")
        damage(folder)
        with pytest.raises(ModelError, match=message):
            load_static(folder)
        assert "Install Mindgap again" in _complaint(folder)

    return run


def _complaint(folder: Path) -> str:
    try:
        load_static(folder)
    except ModelError as error:
        return str(error)
    return "nothing"


def _folder_instead_of_settings(model: Path) -> None:
    (model / "config.json").unlink()
    (model / "config.json").mkdir()


_MODEL: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "cut": ("cut off", lambda m: _truncate(m / "table.safetensors", 200), "is damaged"),
    "bit": ("changed by one bit", lambda m: _overwrite(m / "table.safetensors", 500, b"\x81"), "is damaged"),
    "gone": ("gone", lambda m: (m / "tokenizer.json").unlink(), "cannot be read"),
    "empty_config": ("without settings", lambda m: _truncate(m / "config.json", 0), "config.json"),
    "folder": ("a folder", _folder_instead_of_settings, "cannot be read"),
}
for _name, (_state, _spoil, _message) in _MODEL.items():
    add(
        Scenario(
            f"model_{_name}",
            Area.DAMAGE,
            f"a file of the model is {_state}",
            "the model is refused with a message",
            _model_damaged(_spoil, _message),
        )
    )
