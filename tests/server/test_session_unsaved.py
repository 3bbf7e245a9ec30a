"""What an editor holds and has not saved answers searches, in the folder that it belongs to."""

from __future__ import annotations

from pathlib import Path

from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.session import CodeAt, State
from tests.conftest import WriteTree
from tests.server.session_fakes import PARSE, SORT, ask, eventually, folder_of, names, started, wait_for


def test_unsaved_text_moves_the_hits(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    text = "# one\n# two\n" + PARSE
    with started(root) as (session, _):
        wait_for(session, State.READY)
        document = OpenDocument("file:///x", root / "a.py", text)
        (item,) = ask(session, "parse_config", [document]).hits
        assert (item.text, item.document) == (text.encode(), document)
        assert item.text[item.hit.name_start_byte : item.hit.name_end_byte] == b"parse_config"
        assert ask(session, "parse_config", [OpenDocument("file:///x", root / "a.py", SORT)]).hits == ()


def test_unsaved_text_reaches_folders_whenever_they_are_opened(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE, "inner/b.py": SORT})
    path, text = root / "inner/new.py", "def typed_just_now():\n    pass\n"
    document = OpenDocument(path.as_uri(), path, text)
    with started(root) as (session, _):
        session.edit(path, text.encode())
        wait_for(session, State.READY)
        assert "typed_just_now" in names(ask(session, "typed_just_now", [document]))
        session.change_folders([folder_of(root / "inner")], ())
        wait_for(session, State.READY)
        answer = ask(session, "typed_just_now", [document])
        found = [item.folder.path for item in answer.hits if item.hit.name == "typed_just_now"]
        assert found == [root / "inner"]
        session.edit(path, None)
        assert "typed_just_now" not in names(ask(session, "typed_just_now"))


UNSAVED = "# typed\n\n\ndef typed_just_now():\n    pass\n"


def test_what_was_closed_answers_no_more_at_once(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    path = root / "a.py"
    document = OpenDocument(path.as_uri(), path, UNSAVED)
    with started(root) as (session, _):
        wait_for(session, State.READY)
        session.edit(path, UNSAVED.encode())
        assert names(ask(session, "typed_just_now", [document]))[0] == "typed_just_now"
        # The document is closed, and the session has not heard of it yet.
        assert "typed_just_now" not in names(ask(session, "typed_just_now"))
        session.discard(path)
        assert names(ask(session, "typed_just_now")) == ["parse_config"]
        assert names(ask(session, "parse_config")) == ["parse_config"]
        session.edit(path, None)
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_what_was_closed_and_is_no_file_answers_no_more(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root) as (session, _):
        wait_for(session, State.READY)
        session.edit(root / "new.py", UNSAVED.encode())
        assert "typed_just_now" not in names(ask(session, "typed_just_now"))


def test_a_nested_folder_takes_unsaved_text_over_and_gives_it_back(write_tree: WriteTree) -> None:
    outer = write_tree({"a.py": SORT, "inner/b.py": PARSE})
    inner, path = outer / "inner", outer / "inner/b.py"
    document = OpenDocument(path.as_uri(), path, UNSAVED)

    def owners() -> list[str]:
        found = ask(session, "typed_just_now", [document]).hits
        return [item.folder.name for item in found if item.hit.name == "typed_just_now"]

    with started(outer) as (session, _):
        wait_for(session, State.READY)
        session.edit(path, UNSAVED.encode())
        assert owners() == ["workspace"]
        session.change_folders([folder_of(inner)], [])
        wait_for(session, State.READY)
        assert owners() == ["inner"]
        session.change_folders([], [folder_of(inner)])
        assert owners() == ["workspace"]
        session.change_folders([folder_of(inner)], [])
        wait_for(session, State.READY)
        session.edit(path, None)
        session.change_folders([], [folder_of(inner)])
        found = [(item.hit.name, item.hit.path) for item in ask(session, "parse_config").hits]
        assert ("parse_config", "inner/b.py") in found
        assert "typed_just_now" not in names(ask(session, "typed_just_now"))


def test_a_folder_that_is_open_by_two_names_answers_once(tmp_path: Path, write_tree: WriteTree) -> None:
    root, link = write_tree({"a.py": PARSE}), tmp_path / "link"
    link.symlink_to(root)
    with started(root, link) as (session, _):
        eventually(lambda: State.READY in {report.state for report in session.status()})
        hits = ask(session, "parse_config").hits
        assert [(item.folder.path, item.hit.name) for item in hits] == [(root, "parse_config")]
        for path in (root / "a.py", link / "a.py"):
            document = OpenDocument(path.as_uri(), path, UNSAVED)
            session.edit(path, UNSAVED.encode())
            (first, *_) = ask(session, "typed_just_now", [document]).hits
            assert (first.hit.name, first.document) == ("typed_just_now", document)
            (first, *_) = ask(session, "typed_just_now", [document], folder=link).hits
            assert (first.hit.name, first.document) == ("typed_just_now", document)
            code = CodeAt.find(path, UNSAVED.encode(), 20, 20)
            found = session.similar(code, 5, OpenDocuments([document]), lambda: False)
            assert "typed_just_now" not in names(found)
            session.discard(path)
            assert "typed_just_now" not in names(ask(session, "typed_just_now"))
            session.edit(path, None)
