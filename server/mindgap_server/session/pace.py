"""Shows the progress of an indexing run as a percentage and a sentence, a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from mindgap_indexer.types import Progress, ProgressCallback
from mindgap_server.reporter import Bar

INTERVAL = 0.2
"""Seconds between two reports of one stage."""
SETTLED = 1.0
"""Seconds before the speed says something about the time left."""

_NOUNS = {"index": "files", "deep": "units"}


class Pace:
    """Follows one run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._stage_started = 0.0
        self._reported = 0.0

    def note(self, progress: Progress) -> tuple[int | None, str] | None:
        """Percentage (None while unknown) and text; None when it is too early to report again."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._stage_started = progress.stage, now
        elif now - self._reported < INTERVAL and progress.done != progress.total:
            return None
        self._reported = now
        if not progress.total:
            return None, "looking for changed files"
        percent = 100 * progress.done // progress.total
        return percent, self._sentence(progress, now - self._stage_started)

    def _sentence(self, progress: Progress, elapsed: float) -> str:
        noun = _NOUNS.get(progress.stage, "files")
        text = f"{progress.done:,} of {progress.total:,} {noun}"
        if elapsed < SETTLED or not 0 < progress.done < progress.total:
            return text
        return f"{text}, {_duration(elapsed * (progress.total - progress.done) / progress.done)} left"


@contextmanager
def shown(begin: Callable[[], Bar], note: ProgressCallback) -> Generator[ProgressCallback]:
    """What takes the progress of one run, to be noted and to be shown in a bar until the run has ended."""
    bar = ShownProgress(begin)

    def report(progress: Progress) -> None:
        note(progress)
        bar.note(progress)

    try:
        yield report
    except BaseException:
        bar.end("stopped")
        raise
    bar.end("done")


class ShownProgress:
    """A progress bar that appears with the first report: a run that cannot even start shows none."""

    def __init__(self, begin: Callable[[], Bar]) -> None:
        self._begin = begin
        self._bar: Bar | None = None
        self._pace = Pace()

    def note(self, progress: Progress) -> None:
        """Show how far the run is."""
        if self._bar is None:
            self._bar = self._begin()
        if (news := self._pace.note(progress)) is not None:
            self._bar.report(*news)

    def end(self, text: str) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.end(text)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"
