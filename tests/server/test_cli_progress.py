from __future__ import annotations

import io

from rich.console import Console

from mindgap_indexer import Progress
from mindgap_server.cli.progress import reporting


def plain_console() -> Console:
    return Console(file=io.StringIO(), width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_there_is_a_line_for_each_quarter() -> None:
    console = plain_console()
    with reporting(console) as progress:
        progress(Progress("scan", 0, 0))
        for done in range(0, 1001, 10):
            progress(Progress("index", done, 1000, 2 * done))
        progress(Progress("deep", 0, 4))
        progress(Progress("deep", 2, 4))
    assert written(console).splitlines() == [
        "Indexing 1,000 files …",
        "25 %: 250 of 1,000 files",
        "50 %: 500 of 1,000 files",
        "75 %: 750 of 1,000 files",
        "Deep encoding 4 units …",
        "50 %: 2 of 4 units",
    ]


def test_nothing_is_said_where_nothing_changed() -> None:
    console = plain_console()
    with reporting(console) as progress:
        progress(Progress("scan", 0, 0))
        progress(Progress("index", 0, 0))
    assert written(console) == ""


def test_short_work_is_not_worth_a_word() -> None:
    console = plain_console()
    with reporting(console, patience=60) as progress:
        progress(Progress("index", 0, 10))
        progress(Progress("index", 5, 10))
    assert written(console) == ""


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, legacy_windows=False)
    with reporting(console) as progress:
        progress(Progress("index", 0, 1000))
        progress(Progress("index", 250, 1000, 700))
    assert "250 of 1,000 files" in written(console)
    assert "units/s" in written(console)
    assert "ETA" in written(console)
    assert written(console).endswith("\x1b[2K")  # the bar's own line is erased


def test_a_terminal_too_is_left_alone_for_short_work() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, legacy_windows=False)
    with reporting(console, patience=60) as progress:
        progress(Progress("index", 250, 1000, 700))
    assert "files" not in written(console)
