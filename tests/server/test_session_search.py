"""Searches over the folders of a session, and what else is read of their files."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mindgap_indexer.errors import Cancelled, QueryError, WorkspaceError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import Mode
from mindgap_indexer.workspace import Workspace
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.protocol import SearchParams
from mindgap_server.session import CodeAt, State
from mindgap_server.wire import Json
from tests.conftest import WriteTree
from tests.server.session_fakes import (
    PARSE,
    SORT,
    UNWATCHED,
    HoldingOpener,
    ask,
    eventually,
    folder_of,
    names,
    open_tiny,
    started,
    wait_for,
)


def test_a_search_never_waits_for_the_index(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        eventually(lambda: session.status()[0].progress.total == 6)
        answer = ask(session, "parse_config")
        assert (names(answer), answer.indexing, answer.coverage) == ([], True, 0.5)
        opener.go.set()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_a_search_waits_for_a_workspace_that_is_being_opened(write_tree: WriteTree) -> None:
    go = threading.Event()

    def slow(folder: Path, options: IndexOptions) -> Workspace:
        assert go.wait(10)
        return open_tiny(folder, options)

    with started(write_tree({"a.py": PARSE}), opener=slow) as (session, _):
        with pytest.raises(Cancelled):
            ask(session, "parse_config", cancelled=lambda: True)
        assert session.status()[0].state is State.OPENING
        opening = threading.Timer(0.05, go.set)
        opening.start()
        ask(session, "parse_config")
        wait_for(session, State.READY)
        opening.join()


def test_code_like_some_code_leaves_that_out(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE, "b.py": PARSE.replace("parse_config", "parse_settings")})
    with started(root) as (session, _):
        wait_for(session, State.READY)
        data = (root / "a.py").read_bytes()
        at = data.index(b"parse_config")
        for end in (at, at + 12):
            code = CodeAt.find(root / "a.py", data, at, end)
            answer = session.similar(code, 1, OpenDocuments(), lambda: False)
            assert [(item.hit.rank, item.hit.name) for item in answer.hits] == [(1, "parse_settings")]
        with pytest.raises(QueryError, match="no function here"):
            CodeAt.find(root / "notes.unknown", b"", 0, 0)


SECRET = "PASSWORD=zyqwalnut\n"


def test_what_the_index_leaves_out_is_not_read_for_other_requests_either(
    tmp_path: Path, write_tree: WriteTree
) -> None:
    files = {
        "a.py": PARSE,
        ".env": SECRET,
        "id_rsa": SECRET,
        ".gitignore": "*.gen.py\nout/\n",
        "x.gen.py": SORT,
        "out/b.py": SORT,
        "excluded.py": SORT,
        "notes.txt": "hello\n",
        "min.js": "var a=1;" * 5_000,
        "large.py": "x = 1\n" * 10_000,
    }
    root = write_tree(files)
    outside = tmp_path / "outside.py"
    outside.write_text(SORT)
    (root / "link.py").symlink_to(outside)
    options = replace(UNWATCHED, exclude=("excluded.py",), max_file_size=50_000)
    with started(root, options=options) as (session, _):
        assert session.text_of(root / "a.py", OpenDocuments()) == PARSE.encode()
        for name in {*files, "link.py"} - {"a.py"}:
            with pytest.raises(WorkspaceError, match="is left out of the index"):
                session.text_of(root / name, OpenDocuments())
        for path in (root / "gone.py", outside, root / "../outside.py"):
            with pytest.raises(WorkspaceError, match="cannot be read"):
                session.text_of(path, OpenDocuments())


def test_what_an_editor_holds_open_is_used_where_it_might_be_indexed(
    tmp_path: Path, write_tree: WriteTree
) -> None:
    def text_of(path: Path) -> bytes:
        return session.text_of(path, OpenDocuments([OpenDocument(path.as_uri(), path, SORT)]))

    root = write_tree({"a.py": PARSE, ".env": SECRET, ".gitignore": "out/\nin/\n", "in/b.py": PARSE})
    with started(root, root / "in", options=replace(UNWATCHED, exclude=("/c.py",))) as (session, _):
        for path in (root / "a.py", root / "unsaved.py", root / "in/b.py", tmp_path / "outside.py"):
            assert text_of(path) == SORT.encode()
        for path in (root / ".env", root / "out/b.py", root / "c.py", tmp_path / ".env"):
            with pytest.raises(WorkspaceError, match="is left out of the index"):
                text_of(path)


def test_a_search_stays_within_the_places_that_are_asked_for(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE, "in/b.py": PARSE, "inner.py": PARSE})
    with started(root) as (session, _):
        wait_for(session, State.READY)

        def paths_in(*places: Path) -> list[str]:
            question = session.question(SearchParams("parse_config"), 10, None, places)
            found = session.search(question, OpenDocuments(), lambda: False)
            return sorted(item.hit.path for item in found.hits)

        assert paths_in(root / "in") == ["in/b.py"]
        assert paths_in(root / "in", root / "a.py") == ["a.py", "in/b.py"]
        assert paths_in(root.parent) == ["a.py", "in/b.py", "inner.py"]
        assert paths_in(root.parent / "elsewhere") == paths_in() == []


def test_hits_of_several_folders_are_merged_by_score(tmp_path: Path, write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE, "two/b.py": PARSE + "\n" + SORT})
    one, two = root / "one", root / "two"
    with started(one, two) as (session, _):
        wait_for(session, State.READY)
        answer = ask(session, "parse_config")
        assert {(item.folder.name, item.hit.path) for item in answer.hits[:2]} == {
            ("one", "a.py"),
            ("two", "b.py"),
        }
        assert [item.hit.rank for item in answer.hits] == list(range(1, len(answer.hits) + 1))
        scores = [item.hit.score for item in answer.hits]
        assert scores == sorted(scores, reverse=True)
        assert len(ask(session, "parse_config", limit=1).hits) == 1
        assert {item.folder.name for item in ask(session, "parse_config", folder=two).hits} == {"two"}
        with pytest.raises(WorkspaceError, match="no workspace folder"):
            ask(session, "parse_config", folder=root)


def test_a_nested_folder_answers_for_its_files_alone(write_tree: WriteTree) -> None:
    outer = write_tree({"a.py": PARSE, "inner/b.py": PARSE})
    inner = outer / "inner"
    with started(outer, inner) as (session, _):
        wait_for(session, State.READY)
        found = [(item.folder.name, item.hit.path) for item in ask(session, "parse_config").hits]
        assert sorted(found) == [("inner", "b.py"), ("workspace", "a.py")]
        session.change_folders([], [folder_of(inner)])
        found = [(item.folder.name, item.hit.path) for item in ask(session, "parse_config").hits]
        assert sorted(found) == [("workspace", "a.py"), ("workspace", "inner/b.py")]


@pytest.mark.parametrize("text", ["\ufeff" + PARSE, PARSE.replace("\n", "\r\n"), "# é😀\n" + PARSE])
def test_offsets_refer_to_the_file_as_it_is(write_tree: WriteTree, text: str) -> None:
    with started(write_tree({"a.py": text})) as (session, _):
        wait_for(session, State.READY)
        item = ask(session, "parse_config").hits[0]
        assert item.text == text.encode()
        assert item.text[item.hit.name_start_byte : item.hit.name_end_byte] == b"parse_config"


def test_a_question_that_cannot_be_understood_is_an_error(write_tree: WriteTree) -> None:
    with started(write_tree({"a.py": PARSE})) as (session, _):
        wait_for(session, State.READY)
        with pytest.raises(QueryError, match="klingon"):
            ask(session, "parse_config", languages=("klingon",))


def test_a_search_can_be_narrowed(write_tree: WriteTree) -> None:
    root = write_tree(
        {
            "a.py": PARSE,
            "b.go": "package b\n\nfunc parse_config() {}\n",
            "c.py": f"class parse_config:\n    {PARSE}",
        }
    )
    with started(root) as (session, _):
        wait_for(session, State.READY)

        def paths(**params: Json) -> set[str]:
            return {item.hit.path for item in ask(session, "parse_config", **params).hits}

        assert paths() == {"a.py", "b.go", "c.py"}
        assert paths(languages=("go",)) == {"b.go"}
        assert paths(paths=("a*",)) == {"a.py"}
        assert paths(kinds=("class",)) == {"c.py"}
        assert ask(session, "parse_config", mode="code").mode is Mode.CODE


def test_a_cancelled_search_stops(write_tree: WriteTree) -> None:
    with started(write_tree({"a.py": PARSE})) as (session, _):
        wait_for(session, State.READY)
        with pytest.raises(Cancelled):
            ask(session, "parse_config", cancelled=lambda: True)
