from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mindgap_indexer.errors import (
    Cancelled,
    ModelError,
    QueryError,
    StoreBusyError,
    StoreError,
    WorkspaceError,
)
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import CancelCheck, IndexStatus, IndexSummary, Mode, ProgressCallback, SkipReason
from mindgap_indexer.workspace import Workspace
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.options import IndexingOptions, SearchOptions, ServerOptions, WatchOptions
from mindgap_server.protocol import SearchParams
from mindgap_server.session import CodeAt, Session, State
from mindgap_server.session import root as root_module
from mindgap_server.session.root import Root
from mindgap_server.wire import Json
from tests.conftest import WriteTree
from tests.server.session_fakes import (
    PARSE,
    SORT,
    UNWATCHED,
    DeepOpener,
    HoldingOpener,
    ask,
    eventually,
    folder_of,
    names,
    open_tiny,
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


@pytest.mark.parametrize("text", ["\ufeff" + PARSE, PARSE.replace("\n", "\r\n"), "# é😀\n" + PARSE])
def test_offsets_refer_to_the_file_as_it_is(write_tree: WriteTree, text: str) -> None:
    with started(write_tree({"a.py": text})) as (session, _):
        wait_for(session, State.READY)
        item = ask(session, "parse_config").hits[0]
        assert item.text == text.encode()
        assert item.text[item.hit.name_start_byte : item.hit.name_end_byte] == b"parse_config"


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


def test_a_missing_model_is_said_once_and_can_be_repaired(write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE, "two/b.py": SORT})
    broken = threading.Event()
    broken.set()

    def opener(folder: Path, options: IndexOptions) -> Workspace:
        if broken.is_set():
            raise ModelError("The model is gone. Install Mindgap again.")
        return open_tiny(folder, options)

    with started(root / "one", root / "two", opener=opener) as (session, reporter):
        wait_for(session, State.ERROR)
        eventually(lambda: bool(reporter.complaints))  # they are said right after
        assert reporter.complaints == ["The model is gone. Install Mindgap again."]
        assert session.status()[0].message == "The model is gone. Install Mindgap again."
        with pytest.raises(ModelError, match="The model is gone"):
            ask(session, "parse_config")
        broken.clear()
        session.reindex()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config"))[0] == "parse_config"


def test_one_broken_folder_leaves_the_others(write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE})
    with started(root / "one", root / "gone") as (session, reporter):
        eventually(lambda: {report.state for report in session.status()} == {State.READY, State.ERROR})
        assert names(ask(session, "parse_config")) == ["parse_config"]
        eventually(lambda: len(reporter.complaints) == 1)


def test_a_crash_is_logged_and_shown(write_tree: WriteTree, caplog: pytest.LogCaptureFixture) -> None:
    def opener(folder: Path, options: IndexOptions) -> Workspace:
        raise RuntimeError("boom")

    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        wait_for(session, State.ERROR)
        eventually(lambda: bool(reporter.complaints))  # they are said right after
        assert reporter.complaints == ["Indexing workspace failed: RuntimeError('boom'). The log says more."]
        assert any(record.exc_info and record.levelno == logging.ERROR for record in caplog.records)


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


class BusyOpener(HoldingOpener):
    """Opens workspaces that another process is indexing until this one is let go."""

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = super().__call__(folder, options)
        index = workspace.index

        def busy_index(progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
            if not self.go.is_set():
                raise StoreBusyError("Another Mindgap is indexing.")
            return index(progress, cancelled)

        workspace.__dict__["index"] = busy_index
        return workspace


def test_an_index_that_another_process_writes_is_tried_again(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_module, "RETRY_SECONDS", 0.01)
    opener = BusyOpener()
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].message == "Another Mindgap is indexing.")
        assert session.status()[0].state is State.INDEXING
        assert names(ask(session, "parse_config")) == []
        opener.go.set()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]
        assert (len(reporter.bars), reporter.complaints) == (1, [])


class FailingOpener:
    """Opens workspaces whose index gives errors until it is repaired, which may help."""

    def __init__(self, *, helps: bool) -> None:
        self.broken = threading.Event()
        self.helps = helps

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = open_tiny(folder, options)
        status, prospects = workspace.status, workspace.prospects

        def failing(work: Callable[..., object]) -> Callable[..., object]:
            def fails(*arguments: object) -> object:
                if self.broken.is_set():
                    raise StoreError("The index is damaged.")
                return work(*arguments)

            return fails

        def check(*, deeply: bool) -> list[str]:
            return ["a page is gone"] if deeply and self.broken.is_set() else []

        def repair() -> list[str]:
            if self.helps:
                self.broken.clear()
            return []

        workspace.__dict__.update(
            status=failing(status), prospects=failing(prospects), check=check, repair=repair
        )
        return workspace


def test_an_index_that_gives_errors_is_mended(
    write_tree: WriteTree, caplog: pytest.LogCaptureFixture
) -> None:
    opener = FailingOpener(helps=True)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        wait_for(session, State.READY)
        opener.broken.set()
        with pytest.raises(StoreError, match="damaged"):
            ask(session, "parse_config")
        eventually(lambda: not opener.broken.is_set())
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]
    assert "is degraded (a page is gone). What is affected is built anew." in caplog.text


def test_an_index_that_cannot_be_mended_is_an_error(write_tree: WriteTree) -> None:
    opener = FailingOpener(helps=False)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        wait_for(session, State.READY)
        opener.broken.set()
        assert session.status()[0].message == "The index is damaged."
        eventually(lambda: any("Mending did not help" in text for text in reporter.complaints))


def test_a_root_at_rest_looks_at_its_index(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_module, "PROBE_SECONDS", 0.01)
    opener = FailingOpener(helps=True)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        wait_for(session, State.READY)
        opener.broken.set()
        eventually(lambda: not opener.broken.is_set())
        wait_for(session, State.READY)


DEEP = ServerOptions(deep_model="some/model")


def deep_coverage(session: Session) -> float:
    index = session.status()[0].index
    return index.deep_coverage if index else 0.0


def test_the_deep_tier_follows_the_index_and_the_changes(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=DEEP, opener=DeepOpener()) as (session, reporter):
        eventually(lambda: deep_coverage(session) == 1.0)
        wait_for(session, State.READY)
        assert [bar.title for bar in reporter.bars] == ["Indexing workspace", "Deep tier of workspace"]
        assert reporter.bars[1].reports[-1] == (100, "1 of 1 units")
        assert names(ask(session, "parse_config", tier="deep")) == ["parse_config"]
        write_tree({"b.py": SORT})
        eventually(
            lambda: names(ask(session, "sort_list"))[0] == "sort_list" and deep_coverage(session) == 1.0
        )
        assert len(reporter.bars) == 2


def test_without_the_deep_model_the_instant_tier_answers(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=DEEP, opener=DeepOpener()) as (session, _):
        eventually(lambda: deep_coverage(session) == 1.0)
    opener = DeepOpener(ModelError("There is no such model. Check `deepModel`."))
    with started(root, options=DEEP, opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].message == "There is no such model. Check `deepModel`.")
        assert session.status()[0].state is State.READY
        assert reporter.complaints == ["There is no such model. Check `deepModel`."]
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_a_paused_deep_tier_leaves_a_ready_index(write_tree: WriteTree) -> None:
    opener = DeepOpener(hold=True)
    with started(write_tree({"a.py": PARSE}), options=DEEP, opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].progress.stage == "deep")
        assert session.status()[0].state is State.READY
        reporter.bars[1].cancel()
        eventually(lambda: session.status()[0].message is not None)
        (report,) = session.status()
        assert report.message == "The deep tier was paused at 0 of 1. Reindex to resume."
        assert report.state is State.READY
        opener.hold = False
        session.reindex()
        eventually(lambda: deep_coverage(session) == 1.0)


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
