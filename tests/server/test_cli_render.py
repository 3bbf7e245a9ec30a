from __future__ import annotations

import dataclasses
import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from mindgap_indexer import Confidence, Hit, Kind, Mode, SearchResult, WorkspaceError
from mindgap_server.cli.render import SNIPPET_LINES, Renderer, reasons

ROOT = Path(Path.cwd().anchor, "project")
HIT = Hit(
    rank=1,
    path="src/words.py",
    start_line=9,
    end_line=11,
    name_line=10,
    start_byte=0,
    end_byte=0,
    name_start_byte=0,
    name_end_byte=0,
    name="split",
    qualname="Words.split",
    kind=Kind.METHOD,
    language="python",
    signature="def split(self)",
    score=0.7,
    confidence=Confidence.HIGH,
    features={"lexical": 0.5, "name_fit": 0.1, "test": -0.25},
)
SOURCE = "    @cache\n    def split(self):\n\treturn 1"


def result(*hits: Hit, abstained: bool = False) -> SearchResult:
    return SearchResult("q", Mode.PSEUDOCODE, abstained, hits, 3.2)


def shown(
    answer: SearchResult,
    source: str = SOURCE,
    root: Path = ROOT,
    why: bool = False,
    terminal: bool = False,
    width: int = 80,
) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        width=width,
        legacy_windows=False,
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    Renderer(console, root, lambda _: source, why).show(answer)
    return stream.getvalue()


def test_a_hit_is_a_place_to_click_and_its_first_lines() -> None:
    assert shown(result(HIT)).splitlines() == [
        f"{ROOT / 'src' / 'words.py'}:10: method Words.split  (high confidence)",
        "   9 │ @cache",
        "  10 │ def split(self):",
        "  11 │ return 1",
        "",
    ]


def test_files_below_the_current_folder_are_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve() / "project"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shown(result(HIT), root=root).startswith(f"{Path('project/src/words.py')}:10: ")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert shown(result(HIT), root=root).startswith(f"{root / 'src' / 'words.py'}:10: ")


def test_of_a_long_unit_only_the_head_is_shown() -> None:
    source = "\n".join(f"line {number}" for number in range(SNIPPET_LINES + 3))
    lines = shown(result(HIT), source).splitlines()
    assert len([line for line in lines if "│" in line]) == SNIPPET_LINES
    assert lines[-2].split() == ["⋮", "3", "more", "lines"]


def test_why_shows_what_each_feature_added() -> None:
    assert "  why: lexical +0.50, test -0.25, name fit +0.10\n" in shown(result(HIT), why=True)
    assert "why" not in shown(result(HIT))
    assert reasons({}) == "why: "


def test_near_misses_are_called_that() -> None:
    assert shown(result(HIT, abstained=True)).startswith("Nothing fits well; near misses:\n")
    assert shown(result(abstained=True)) == "Nothing fits.\n"


def test_confidence_is_said_in_words() -> None:
    assert "(low confidence)" in shown(result(dataclasses.replace(HIT, confidence=Confidence.LOW)))


def test_how_the_query_was_read_stands_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    shown(result(HIT))
    captured = capsys.readouterr()
    assert captured.err == "Read as pseudocode, answered in 3 ms.\n"


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[" in shown(result(HIT), terminal=True)
    assert "\x1b" not in shown(result(HIT))


def test_code_has_the_same_lines_with_and_without_colour() -> None:
    source = "\n\n    x = 1\n\n    y = [2]"
    coloured = shown(result(HIT), source, terminal=True)
    assert coloured.count("│") == shown(result(HIT), source).count("│") == 5


def test_an_unknown_language_is_shown_plain() -> None:
    hit = dataclasses.replace(HIT, language="no-such-language")
    assert "split(self)" in shown(result(hit), terminal=True)


def test_long_lines_end_at_the_edge_of_a_terminal_and_are_whole_elsewhere() -> None:
    source = "x" * 200
    assert source in shown(result(HIT), source)
    on_terminal = shown(result(HIT), source, terminal=True, width=40)
    assert source not in on_terminal
    assert "x" * (40 - 7 - 1) + "…" in on_terminal


def test_source_and_names_cannot_steer_the_terminal() -> None:
    hit = dataclasses.replace(HIT, path="a\x1b[2J.py", qualname="b\x1b[1m")
    assert "\x1b" not in shown(result(hit), "print('\x1b]0;title\x07')")


def test_square_brackets_in_code_are_no_markup() -> None:
    assert "a[bold]b[/bold]" in shown(result(HIT), "a[bold]b[/bold] :smile:")


def test_a_file_that_vanished_costs_only_its_snippet() -> None:
    def gone(_: Hit) -> str:
        raise WorkspaceError("src/words.py is gone.")

    stream = io.StringIO()
    Renderer(Console(file=stream, width=80), ROOT, gone).show(result(HIT, HIT))
    assert stream.getvalue().count("src/words.py is gone.") == 2


def test_a_line_break_in_a_file_name_does_not_tear_the_place_apart() -> None:
    hit = dataclasses.replace(HIT, path="src/a\nb.py")
    assert shown(result(hit)).startswith(f"{ROOT / 'src'}{os.sep}a\\nb.py:10: method ")
