from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from mindgap_indexer.workspace_rules import Patterns
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.features.folders import first_folders
from mindgap_server.folders import Folder, innermost, real_path, within, without_nested
from mindgap_server.translate import path_of


def folder(path: str) -> Folder:
    return Folder(Path(path), f"file://{path}", Path(path).name)


OUTER, INNER, OTHER = folder("/w"), folder("/w/in/[x] y"), folder("/wide")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/w/a.py", OUTER),
        ("/w/in/a.py", OUTER),
        ("/w/in/[x] y/a.py", INNER),
        ("/wide/a.py", OTHER),
        ("/x", None),
    ],
)
def test_a_file_belongs_to_the_innermost_folder(path: str, expected: Folder | None) -> None:
    assert innermost(Path(path), [OUTER, INNER, OTHER]) is expected


def test_places_are_told_relative_to_their_folder() -> None:
    places = [Path("/w/in"), Path("/w/in/[x] y/a.py"), Path("/wide/a.py"), Path("/")]
    assert within(OUTER, places) == ("in", "in/[x] y/a.py", "")
    assert within(INNER, places) == ("", "a.py", "")
    assert within(OTHER, [Path("/w"), Path("/wid")]) == ()


def test_globs_stay_as_they_are_without_nested_folders() -> None:
    assert without_nested((), INNER, [OUTER, INNER, OTHER]) == ()
    assert without_nested(("*.py",), OTHER, [OUTER, INNER, OTHER]) == ("*.py",)


@pytest.mark.parametrize("globs", [(), ("*.py",), ("in/",)])
def test_globs_leave_out_nested_folders(globs: tuple[str, ...]) -> None:
    wanted = Patterns(without_nested(globs, OUTER, [OUTER, INNER, OTHER]))
    assert wanted.cover("in/a.py")
    assert wanted.cover("in/x y/a.py")
    assert not wanted.cover("in/[x] y/a.py")
    assert not wanted.cover("in/[x] y/deep/a.py")


def test_open_documents_are_found_by_any_spelling_of_their_path() -> None:
    documents = OpenDocuments([OpenDocument("file:///w/a.py", Path("/w/a.py"), "é\ud800")])
    assert documents.data(Path("/w/x/../a.py")) == "é?".encode()
    assert documents.data(Path("/w/b.py")) is None


@pytest.mark.parametrize(
    ("params", "path", "name"),
    [
        ({"root_uri": "file:///w/a%20b/"}, "/w/a b", "a b"),
        ({"root_uri": "file://localhost/w/in"}, "/w/in", "in"),
        ({"root_path": "/w/a b"}, "/w/a b", "a b"),
        ({"workspace_folders": [types.WorkspaceFolder("file:///w/%C3%A4", "")]}, "/w/ä", "ä"),
        ({"root_path": "w/in"}, os.path.abspath("w/in"), "in"),
    ],
)
def test_folders_are_named_as_a_person_would(params: dict[str, Any], path: str, name: str) -> None:
    (found,) = first_folders(types.InitializeParams(types.ClientCapabilities(), **params))
    assert (found.path, found.name) == (Path(path), name)


@pytest.mark.parametrize("uri", ["file://[", "untitled:a", "", "git://localhost/w"])
def test_what_is_no_file_here_is_no_folder(uri: str) -> None:
    assert path_of(uri) is None


def test_an_indexed_file_may_be_open_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    by_link = OpenDocument("file:///1", tmp_path / "link/a.py", "1")
    documents = OpenDocuments([by_link])
    assert documents.of_indexed(tmp_path / "real", "a.py") is by_link
    assert documents.at(tmp_path / "real/a.py") is None
    by_name = OpenDocument("file:///2", tmp_path / "real/a.py", "2")
    assert OpenDocuments([by_name, by_link]).of_indexed(tmp_path / "real", "a.py") is by_name
    assert OpenDocuments([by_name, by_link]).of_indexed(tmp_path / "link", "a.py") is by_link
    assert OpenDocuments().of_indexed(tmp_path / "real", "a.py") is None


def test_a_name_that_no_file_can_have_stays_as_it_is() -> None:
    assert real_path("/w/a\0b.py") == Path("/w/a\0b.py")
