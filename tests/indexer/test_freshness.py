from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import hash_model

SOURCE = "def parse(text):\n    return text.split()\n\n\ndef render(tree):\n    return str(tree)\n"


@pytest.fixture
def root(write_tree: WriteTree) -> Path:
    return write_tree({"a.py": SOURCE})


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root, model=hash_model()) as opened:
        opened.index()
        yield opened


def lines_of(workspace: Workspace, query: str, buffer: str | None = None) -> tuple[int, int] | None:
    data = None if buffer is None else buffer.encode()
    hits = workspace.search(query, buffers=lambda _: data).hits
    return next(((hit.start_line, hit.end_line) for hit in hits if hit.name == query), None)


def test_a_hit_follows_its_function_in_a_file_that_changed_on_disk(workspace: Workspace, root: Path) -> None:
    assert lines_of(workspace, "render") == (5, 6)
    (root / "a.py").write_text("import os\n\n\n" + SOURCE)
    assert lines_of(workspace, "render") == (8, 9)


def test_a_hit_that_is_gone_is_not_shown(workspace: Workspace, root: Path) -> None:
    (root / "a.py").write_text(SOURCE.replace("render", "draw"))
    assert lines_of(workspace, "render") is None
    (root / "a.py").unlink()
    assert lines_of(workspace, "parse") is None


def test_unsaved_text_counts_before_the_file(workspace: Workspace) -> None:
    assert lines_of(workspace, "render", "# one line more\n" + SOURCE) == (6, 7)
    assert lines_of(workspace, "render", "") is None


def test_byte_ranges_are_those_of_the_live_text(workspace: Workspace) -> None:
    text = "# größer\n" + SOURCE
    (hit, *_) = workspace.search("render", buffers=lambda _: text.encode()).hits
    assert text.encode()[hit.name_start_byte : hit.name_end_byte] == b"render"
    assert workspace.text_of(hit, lambda _: text.encode()) == "def render(tree):\n    return str(tree)"


def test_several_definitions_of_one_name_keep_their_order(write_tree: WriteTree) -> None:
    twice = "if A:\n    def f(): return 'one'\nelse:\n    def f(): return 'two'\n"
    root = write_tree({"twice.py": twice})
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        (root / "twice.py").write_text("\n" + twice)
        hits = workspace.search("f").hits
        assert sorted(hit.start_line for hit in hits if hit.name == "f") == [3, 5]


def test_text_of_a_hit_without_its_byte_order_mark(write_tree: WriteTree) -> None:
    root = write_tree({"bom.py": b"\xef\xbb\xbfdef first():\r\n    pass\r\n"})
    with Workspace.open(root, model=hash_model()) as workspace:
        (hit,) = workspace.search("first").hits
        assert workspace.text_of(hit) == "def first():\n    pass"
