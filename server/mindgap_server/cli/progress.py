"""Progress of indexing on standard error: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

from mindgap_server.cli.terminal import counted

if TYPE_CHECKING:
    from rich.console import Console

    from mindgap_indexer.types import Progress, ProgressCallback

_STAGES = {"scan": "Scanning", "index": "Indexing", "deep": "Deep encoding"}
_THINGS = {"deep": "unit"}


@contextlib.contextmanager
def reporting(console: Console, patience: float = 0.0) -> Generator[ProgressCallback]:
    """A callback that shows progress; nothing is shown before so many seconds have passed."""
    if console.is_terminal:
        bar = _Bar(console, patience)
        try:
            yield bar
        finally:
            bar.stop()
    else:
        yield _Lines(console, patience)


class _Bar:
    """A bar with rate and remaining time, which leaves nothing behind."""

    def __init__(self, console: Console, patience: float) -> None:
        from rich import progress  # not at the top: only a terminal needs it

        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[amount]}"),
            progress.TextColumn("ETA"),
            progress.TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, amount="")
        self._show_at = time.monotonic() + patience
        self._stage = ""
        self._stage_began = 0.0

    def __call__(self, moment: Progress) -> None:
        now = time.monotonic()
        if moment.stage != self._stage:
            self._stage, self._stage_began = moment.stage, now
            self._bar.reset(self._task, total=None, description=_STAGES[moment.stage])
        amount = _amount(moment, now - self._stage_began)
        self._bar.update(self._task, completed=moment.done, total=moment.total or None, amount=amount)
        if now >= self._show_at:
            self._bar.start()

    def stop(self) -> None:
        self._bar.stop()


class _Lines:
    """One line as a stage begins, and one for each quarter of it."""

    def __init__(self, console: Console, patience: float) -> None:
        self._console = console
        self._show_at = time.monotonic() + patience
        self._stage = ""
        self._quarter = 0

    def __call__(self, moment: Progress) -> None:
        if not moment.total or time.monotonic() < self._show_at:
            return
        if moment.stage != self._stage:
            self._stage, self._quarter = moment.stage, 0
            self._console.print(f"{_STAGES[moment.stage]} {_things(moment)} …")
        quarter = 4 * moment.done // moment.total
        if self._quarter < quarter < 4:
            self._quarter = quarter
            self._console.print(f"{25 * quarter} %: {moment.done:,} of {_things(moment)}")


def _things(moment: Progress) -> str:
    return counted(moment.total, _THINGS.get(moment.stage, "file"))


def _amount(moment: Progress, seconds: float) -> str:
    """What is done and how fast."""
    if not moment.total:
        return ""
    units = moment.done if moment.stage == "deep" else moment.units
    rate = f", {units / seconds:,.0f} units/s" if units and seconds > 0 else ""
    return f"{moment.done:,} of {_things(moment)}{rate}"
