"""An index whose parts do not fit together says so, and is mended part by part."""

from __future__ import annotations

import pytest

from mindgap_indexer.store import Store
from mindgap_indexer.store.database import Database
from mindgap_indexer.types import Tier
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import hash_model

SOURCE = "def {}(item):\n    return item\n"
NAMES = ("read_config", "write_config", "sort_list", "shortest_path")


@pytest.fixture
def workspace(write_tree: WriteTree) -> Workspace:
    workspace = Workspace.open(write_tree({f"{n}.py": SOURCE.format(n) for n in NAMES}), model=hash_model())
    workspace.index()
    return workspace


def run(workspace: Workspace, statement: str) -> None:
    database = Database(store_of(workspace).path)
    database.run(statement)
    database.close()


def store_of(workspace: Workspace) -> Store:
    store = vars(workspace)["_store"]
    assert isinstance(store, Store)
    return store


def held(workspace: Workspace) -> object:
    reader = store_of(workspace).reader()
    units = [(unit.path, unit.qualname) for unit in reader.all_units()]
    return (
        sorted(reader.files()),
        units,
        reader.vectors(Tier.INSTANT),
        reader.document_counts(["sort", "item"]),
    )


def test_an_index_of_names_without_letters_is_sound(write_tree: WriteTree) -> None:
    root = write_tree(
        {"a.hs": "(<$?$>) :: Int -> Int -> Int\na <$?$> b = a\n", "b.py": "def ____():\n    return 1\n"}
    )
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        assert workspace.check(deeply=True) == []


def test_a_sound_index_has_no_problems(workspace: Workspace) -> None:
    with workspace:
        assert workspace.check() == []
        assert workspace.repair() == []


DAMAGES = {
    "vectors_gone": (
        "DELETE FROM vector_instant WHERE rowid % 2 = 0",
        "vectors of the instant tier are missing",
    ),
    "orphans": (
        "UPDATE content SET instant = 0 WHERE id = 1",
        "vectors of the instant tier belong to nothing",
    ),
    "not_encoded": ("UPDATE content SET instant = 0", "contents have no vector"),
    "words_gone": ("DELETE FROM segment", "the full-text index holds 0 units, the table 4"),
    "units_gone": ("DELETE FROM unit WHERE id = 2", "the full-text index holds 4 units, the table 3"),
    "files_gone": ("DELETE FROM file WHERE id = 1", "1 units belong to no file or content"),
    "postings_gone": ("DELETE FROM posting", "have no words"),
    "table_gone": ("DROP TABLE posting", "is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named_and_mended(workspace: Workspace, damage: str) -> None:
    statement, message = DAMAGES[damage]
    with workspace:
        before = held(workspace)
        run(workspace, statement)
        assert message in "; ".join(workspace.check())
        assert workspace.repair()
        workspace.index()
        assert workspace.check() == []
        assert held(workspace) == before
