"""Folders that are indexed, paused, deleted, followed, opened and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.types import IndexStatus, SkipReason
from mindgap_server.options import IndexingOptions, SearchOptions, ServerOptions, WatchOptions
from mindgap_server.session import Session, State
from mindgap_server.session.root import Root
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
    started,
    wait_for,
)


def test_indexes_and_finds(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE, "b.py": SORT})
    with started(root) as (session, reporter):
        wait_for(session, State.READY)
        answer = ask(session, "parse_config")
        assert names(answer)[0] == "parse_config"
        assert (answer.indexing, answer.coverage, answer.abstained) == (False, 1.0, False)
        assert answer.hits[0].text == PARSE.encode()
        (report,) = session.status()
        assert report.index is not None
        assert (report.index.files, report.message) == (2, None)
        (bar,) = reporter.bars
        assert (bar.title, bar.reports[-1], bar.ended) == (
            "Indexing workspace",
            (100, "2 of 2 files"),
            "done",
        )


def test_cancelling_the_bar_pauses_and_reindex_resumes(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].progress.total == 6)
        reporter.bars[0].cancel()
        wait_for(session, State.PAUSED)
        assert session.status()[0].message == "Indexing was paused at 3 of 6 files. Reindex to resume."
        assert reporter.bars[0].ended == "stopped"
        assert ask(session, "parse_config").indexing is False
        opener.go.set()
        session.reindex()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_pausing_stops_the_index_and_what_follows_the_disk(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    root = write_tree({"a.py": PARSE})
    with started(root, opener=opener, options=ServerOptions()) as (session, _):
        eventually(lambda: session.status()[0].progress.total == 6)
        session.pause()
        wait_for(session, State.PAUSED)
        assert session.status()[0].message == "Indexing was paused at 3 of 6 files. Reindex to resume."
        opener.go.set()
        session.reindex()
        wait_for(session, State.READY)
        session.pause()
        wait_for(session, State.PAUSED)
        assert session.status()[0].message == "Indexing is paused. Reindex to resume."
        write_tree({"b.py": "def late(): ...\n"})
        session.notify([root / "b.py"])
        assert "late" not in names(ask(session, "late"))
        session.reindex()
        wait_for(session, State.READY)
        assert "late" in names(ask(session, "late"))


def test_a_purged_index_is_gone_until_it_is_built_again(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root) as (session, _):
        wait_for(session, State.READY)
        index = session.status()[0].index
        assert index is not None
        session.purge(None, rebuild=False)
        wait_for(session, State.PAUSED)
        assert not Path(index.index_path).parent.exists()
        with pytest.raises(WorkspaceError, match=r"was deleted\. Reindex to build it again\."):
            ask(session, "parse_config")
        session.reindex()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_rebuilding_makes_another_index(write_tree: WriteTree) -> None:
    with started(write_tree({"a.py": PARSE})) as (session, _):
        wait_for(session, State.READY)
        first = session.status()[0].index
        session.purge(None, rebuild=True)
        eventually(lambda: _indexed_again(session, first))
        assert names(ask(session, "parse_config")) == ["parse_config"]


def _indexed_again(session: Session, first: IndexStatus | None) -> bool:
    (report,) = session.status()
    return bool(first and report.index and report.index.indexed_at not in (None, first.indexed_at))


def test_what_is_left_out_is_told(write_tree: WriteTree) -> None:
    minified = "var a=1;" * 5_000
    root = write_tree({"a.py": PARSE, ".env": "KEY=1\n", "x.min.js": minified, "notes.txt": "hello\n"})
    with started(root) as (session, _):
        wait_for(session, State.READY)
        ((report, skipped),) = session.skipped(None, lambda: False)
        assert report.index is not None
        assert {(item.reason, item.count, item.examples) for item in skipped} >= {
            (SkipReason.SECRET, 1, (".env",)),
            (SkipReason.LANGUAGE, 1, ("notes.txt",)),
        }


def test_closing_stops_the_index(write_tree: WriteTree) -> None:
    with started(write_tree({"a.py": PARSE}), opener=HoldingOpener()) as (session, _):
        eventually(lambda: session.status()[0].progress.total == 6)


def test_without_index_on_startup_nothing_is_indexed_until_asked(write_tree: WriteTree) -> None:
    options = ServerOptions(index=IndexingOptions(on_startup=False), watch=WatchOptions(enabled=False))
    root = write_tree({"a.py": PARSE})
    with started(root, options=options) as (session, reporter):
        wait_for(session, State.PAUSED)
        assert session.status()[0].message == "Not indexed yet. Reindex to start."
        assert names(ask(session, "parse_config")) == []
        assert reporter.bars == []
        session.reindex(root)
        wait_for(session, State.READY)
    with started(root, options=options) as (session, _):
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_a_change_on_disk_is_found(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=ServerOptions()) as (session, _):
        wait_for(session, State.READY)
        write_tree({"a.py": SORT})
        eventually(lambda: names(ask(session, "sort_list")) == ["sort_list"])
        assert "parse_config" not in names(ask(session, "parse_config"))


def test_a_change_that_the_client_saw_goes_to_its_folder(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = write_tree({"a.py": PARSE, "inner/b.py": SORT})
    seen: list[tuple[str, str]] = []

    def notify(root: Root, path: Path) -> None:
        seen.append((root.folder.name, path.name))

    monkeypatch.setattr(Root, "notify", notify)
    with started(outer, outer / "inner") as (session, _):
        session.notify([outer / "a.py", outer / "inner" / "b.py", Path("/elsewhere/c.py")])
    assert seen == [("workspace", "a.py"), ("inner", "b.py")]


def test_folders_come_and_go(write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE, "two/b.py": SORT})
    one, two = folder_of(root / "one"), folder_of(root / "two")
    with started(one.path) as (session, _):
        session.change_folders([two, two, one], [one])
        wait_for(session, State.READY)
        assert {report.folder.name for report in session.status()} == {"one", "two"}
        session.change_folders([], [two, one])
        assert (session.status(), session.has_folders) == ([], False)
        with pytest.raises(WorkspaceError, match="No folder is open"):
            ask(session, "parse_config")


def test_options_that_matter_open_the_folders_anew(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    opener.go.set()
    with started(write_tree({"a.py": PARSE, "b.py": SORT}), opener=opener) as (session, _):
        wait_for(session, State.READY)
        session.configure(ServerOptions(watch=UNWATCHED.watch, search=SearchOptions(limit=3)))
        assert len(opener.opened) == 1
        session.configure(ServerOptions(watch=UNWATCHED.watch, exclude=("b.py",)))
        eventually(lambda: len(opener.opened) == 2 and "sort_list" not in names(ask(session, "sort_list")))
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_new_options_interrupt_an_index_with_the_old_ones(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        eventually(lambda: session.status()[0].progress.total == 6)
        session.configure(ServerOptions(watch=UNWATCHED.watch, max_file_size=1))
        eventually(lambda: len(opener.opened) == 2)
        opener.go.set()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == []
