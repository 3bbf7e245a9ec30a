"""What a session tells the person; the language server says it over LSP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Bar(Protocol):
    """A progress bar. Its methods may be called on any thread."""

    def report(self, percent: int | None, text: str) -> None:
        """Move the bar; no percentage while the end is unknown."""
        ...

    def end(self, text: str) -> None:
        """Take the bar away."""
        ...


class Reporter(Protocol):
    """Ways to the person. Its methods may be called on any thread."""

    def begin(self, title: str, cancel: Callable[[], None]) -> Bar:
        """Show a progress bar; `cancel` is called when the person stops it."""
        ...

    def complain(self, message: str) -> None:
        """Show an error."""
        ...

    def changed(self) -> None:
        """The standing of an index changed."""
        ...
