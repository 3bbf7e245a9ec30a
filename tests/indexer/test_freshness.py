from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mindgap_indexer import freshness, guard, overlay
from mindgap_indexer.encoding.tokens import TokenSpace
from mindgap_indexer.languages import Language
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.preparing import prepare_file
from mindgap_indexer.store import PreparedFile
from mindgap_indexer.types import Filters, Kind, ParsedFile, SourceFile
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


def test_a_changed_file_is_parsed_once_for_all_searches(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def parse(data: bytes, language: Language, stem: str) -> ParsedFile:
        asked.append(data)
        return parse_source(data, language, stem)

    monkeypatch.setattr(guard, "parse", parse)
    for text in ("import os\n" + SOURCE, "import os\n\n" + SOURCE):
        (root / "a.py").write_text(text)
        assert [lines_of(workspace, name) is None for name in ("render", "parse", "render")] == [False] * 3
    assert [data.count(b"\n") for data in asked] == [7, 8]


def test_only_so_many_changed_files_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "MAX_PARSED", 2)
    asked: list[str] = []

    def parse(data: bytes, language: Language, stem: str) -> ParsedFile:
        asked.append(stem)
        return parse_source(data, language, stem)

    monkeypatch.setattr(guard, "parse", parse)
    parsed = freshness.ParsedFiles()
    for stem in "abacab":  # when c comes, b is the one that was used longest ago
        assert [unit.name for unit in parsed.units(SOURCE.encode(), "python", stem)] == ["parse", "render"]
    assert "".join(asked) == "abcb"


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


def names_of(workspace: Workspace, query: str, **options: object) -> list[str]:
    return [hit.name for hit in workspace.search(query, **options).hits]  # type: ignore[arg-type]


def test_functions_of_unsaved_text_are_found_and_removed_ones_are_gone(workspace: Workspace) -> None:
    workspace.set_overlay("a.py", b"import os\n\n\ndef compress_image(pixels):\n    return pixels[::2]\n")
    (hit, *_) = workspace.search("compress_image").hits
    assert (hit.path, hit.start_line, hit.end_line) == ("a.py", 4, 5)
    assert workspace.text_of(hit) == "def compress_image(pixels):\n    return pixels[::2]"
    assert "parse" not in names_of(workspace, "parse")
    workspace.clear_overlay("a.py")
    assert "compress_image" not in names_of(workspace, "compress_image")
    assert names_of(workspace, "parse")[0] == "parse"


def test_an_unsaved_description_is_found_by_its_meaning(workspace: Workspace) -> None:
    text = 'def shrink(pixels):\n    """Make a picture smaller by leaving out every other dot."""\n'
    workspace.set_overlay("new/picture.py", text.encode())
    (hit, *_) = workspace.search("make a picture smaller").hits
    assert (hit.path, hit.name) == ("new/picture.py", "shrink")
    assert hit.features["semantic"] > 0
    assert hit.features["lexical"] > 0


def test_unsaved_text_scores_as_it_will_when_it_is_saved(workspace: Workspace, root: Path) -> None:
    text = SOURCE + "\n\ndef render_page(tree, page):\n    return render(tree) + page\n"
    workspace.set_overlay("a.py", text.encode())
    unsaved = workspace.search("render page").hits
    (root / "a.py").write_text(text)
    workspace.index()
    saved = workspace.search("render page").hits
    assert [hit.name for hit in unsaved] == [hit.name for hit in saved]
    # The statistics of words are still those of the stored index, which is tiny here.
    assert unsaved[0].score == pytest.approx(saved[0].score, abs=0.15)


def test_text_that_the_index_holds_already_is_no_overlay(workspace: Workspace) -> None:
    before = workspace.search("render").hits
    workspace.set_overlay("a.py", SOURCE.encode())
    assert workspace.search("render").hits == before


def test_the_text_may_be_newer_than_the_overlay(workspace: Workspace) -> None:
    workspace.set_overlay("a.py", (SOURCE + "\n\ndef added(): pass\n").encode())
    newer = ("# a line\n" + SOURCE + "\n\ndef added(): pass\n").encode()

    def as_saved(path: str) -> bytes:
        return SOURCE.encode()

    hits = workspace.search("added", buffers=lambda _: newer).hits
    assert [hit.start_line for hit in hits if hit.name == "added"] == [10]
    assert "added" not in names_of(workspace, "added", buffers=as_saved)


def test_filters_hold_for_unsaved_text(workspace: Workspace) -> None:
    workspace.set_overlay("lib/b.py", b"class Added:\n    def added(self): pass\n")
    assert "added" in names_of(workspace, "added", filters=Filters(paths=("lib/",)))
    assert "added" not in names_of(workspace, "added", filters=Filters(paths=("/a.py",)))
    assert "added" not in names_of(workspace, "added", filters=Filters(languages=("go",)))
    assert names_of(workspace, "added", filters=Filters(kinds=(Kind.CLASS,))) == ["Added"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("node_modules/x.py", b"def added(): pass\n"),
        ("notes.txt", b"def added(): pass\n"),
        ("../outside.py", b"def added(): pass\n"),
        ("binary.py", b"def added(): pass\n\0\0"),
        ("empty.py", b""),
    ],
)
def test_unsaved_text_that_does_not_count_is_not_found(workspace: Workspace, path: str, text: bytes) -> None:
    workspace.set_overlay(path, text)
    assert "added" not in names_of(workspace, "added")


def test_a_misspelt_name_finds_unsaved_text(workspace: Workspace) -> None:
    workspace.set_overlay("b.py", b"def formatDuration(ms):\n    return ms\n")
    assert names_of(workspace, "formtDuraton")[0] == "formatDuration"


def test_unsaved_text_is_found_before_anything_is_indexed(write_tree: WriteTree) -> None:
    with Workspace.open(write_tree({"a.py": SOURCE}), model=hash_model()) as workspace:
        workspace.set_overlay("b.py", b"def added(): pass\n")
        assert names_of(workspace, "added", index_first=False) == ["added"]


class HeldParsing:
    """Stops in the middle of a text that is made searchable, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()

        def held(file: SourceFile, data: bytes, space: TokenSpace | None) -> PreparedFile:
            self.entered.set()
            assert self.go.wait(10)
            return prepare_file(file, data, space)

        monkeypatch.setattr(overlay, "prepare_file", held)


def test_a_file_is_closed_at_once_while_its_text_or_another_is_being_parsed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.set_overlay("b.py", b"def closed(): pass\n")
    held = HeldParsing(monkeypatch)
    parsing = threading.Thread(target=workspace.set_overlay, args=("a.py", b"def late(): pass\n"))
    parsing.start()
    assert held.entered.wait(10)

    def close_both() -> None:
        workspace.clear_overlay("b.py")
        workspace.clear_overlay("a.py")

    closing = threading.Thread(target=close_both)
    closing.start()
    closing.join(5)
    waited = closing.is_alive()
    held.go.set()
    parsing.join()
    closing.join()
    assert not waited
    assert not {"closed", "late"} & {*names_of(workspace, "closed late")}
    assert "parse" in names_of(workspace, "parse")
    workspace.set_overlay("a.py", b"def late(): pass\n")
    assert "late" in names_of(workspace, "late")
