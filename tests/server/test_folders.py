from __future__ import annotations

from pathlib import Path

import pytest

from mindgap_indexer.workspace_rules import Patterns
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder, innermost, within, without_nested


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
