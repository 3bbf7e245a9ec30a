"""Search results for people: one line to click, then the first lines of the code."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mindgap_indexer import Confidence, Hit, Mode, SearchResult, WorkspaceError
from mindgap_server.cli.terminal import counted, notes, printable, printable_line

SNIPPET_LINES = 8
_THEME = "ansi_dark"
"""Of the terminal's own sixteen colours, so that it fits light and dark backgrounds."""

_MODES = {
    Mode.NATURAL_LANGUAGE: "natural language",
    Mode.PSEUDOCODE: "pseudocode",
    Mode.SYMBOL: "a name",
    Mode.CODE: "code",
}
_CONFIDENCE_STYLES = {Confidence.HIGH: "green", Confidence.MEDIUM: "yellow", Confidence.LOW: "red"}


class Renderer:
    """Prints results of one workspace to one console."""

    def __init__(
        self, console: Console, root: Path, text_of: Callable[[Hit], str], why: bool = False
    ) -> None:
        self._console = console
        self._root = root
        self._text_of = text_of
        self._why = why
        self._here = Path.cwd()

    def show(self, result: SearchResult) -> None:
        """Print a whole result."""
        if not result.hits:
            self._console.print("Nothing fits.")
        elif result.abstained:
            self._console.print("Nothing fits well; near misses:\n")
        for hit in result.hits:
            self._show_hit(hit)
        read_as = f"Read as {_MODES[result.mode]}, answered in {result.elapsed_ms:,.0f} ms."
        notes().print(Text(read_as, "dim"))

    def _show_hit(self, hit: Hit) -> None:
        self._console.print(_heading(hit, self._place(hit)))
        if self._why:
            self._console.print(Text(f"  {reasons(hit.features)}", "italic"))
        for line in self._snippet(hit):
            self._console.print(line)
        self._console.print()

    def _place(self, hit: Hit) -> str:
        """The file as one can open it from here: relative if it is below the current folder."""
        path = self._root / hit.path
        return str(path.relative_to(self._here) if path.is_relative_to(self._here) else path)

    def _snippet(self, hit: Hit) -> Iterator[Text]:
        """The first lines of a hit with their numbers."""
        try:
            source = self._text_of(hit)
        except WorkspaceError as error:
            yield Text(f"  {error}", "dim")
            return
        lines = textwrap.dedent(printable(source).expandtabs(4)).rstrip().split("\n")
        shown = "\n".join(lines[:SNIPPET_LINES])
        gutter = len(str(hit.start_line + SNIPPET_LINES)) + 2
        for number, line in enumerate(self._highlighted(shown, hit.language), hit.start_line):
            yield Text.assemble((f"{number:>{gutter}} │ ", "dim"), self._fitted(line, gutter + 3))
        if len(lines) > SNIPPET_LINES:
            yield Text(f"{'⋮':>{gutter}}   {counted(len(lines) - SNIPPET_LINES, 'more line')}", "dim")

    def _highlighted(self, code: str, language: str) -> list[Text]:
        if not self._console.is_terminal:
            return [Text(line) for line in code.split("\n")]
        from rich.syntax import Syntax

        text = Syntax("", language, theme=_THEME).highlight(code)
        text.rstrip()
        return list(text.split("\n", allow_blank=True))

    def _fitted(self, line: Text, indentation: int) -> Text:
        """A line that does not run over the terminal's edge; whole where there is none."""
        if self._console.is_terminal:
            line.truncate(max(self._console.width - indentation, 20), overflow="ellipsis")
        return line


def _heading(hit: Hit, place: str) -> Text:
    """`path:line: kind qualified.name (high confidence)`: editors and terminals know where that leads."""
    return Text.assemble(
        (printable_line(place), "bold cyan"),
        (f":{hit.name_line}", "cyan"),
        f": {hit.kind} ",
        (printable_line(hit.qualname or hit.name), "bold"),
        (f"  ({hit.confidence} confidence)", _CONFIDENCE_STYLES[hit.confidence]),
    )


def reasons(features: Mapping[str, float]) -> str:
    """What each ranking feature added to the score, the weightiest first."""
    weighty = sorted(features.items(), key=lambda item: (-abs(item[1]), item[0]))
    return "why: " + ", ".join(f"{name.replace('_', ' ')} {value:+.2f}" for name, value in weighty)
