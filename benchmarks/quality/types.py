"""The values that travel between the parts of the quality bench; imports no sibling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mindgap_indexer import Hit

Figures = Mapping[str, float]
"""What one answer is worth, by name of the figure; all lie between 0 and 1."""


class SkippedError(Exception):
    """A part cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer: a file, or when `name` is given a function in it."""

    path: str
    name: str = ""
    start_line: int = 0
    """Where the definition's own line stands."""
    first_line: int = 0
    """Where its decorators begin."""
    end_line: int = 0
    overload_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its right answers; any of them is right, none means that nothing fits."""

    id: str
    text: str
    kind: str
    golds: tuple[Gold, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of code and the questions that are asked about it."""

    name: str
    language: str
    root: Path
    questions: Sequence[Question]
    prefix: str = ""
    """What golds have in front of the paths that a search in `root` answers."""
    rivals: Mapping[str, Answer] = field(default_factory=dict[str, "Answer"])
    """Other methods to compare with, by name."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came for a question."""

    hits: Sequence[Hit]
    abstained: bool


Answer = Callable[[str], Answered]
"""Answers the text of a question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer and what it is worth."""

    question: str
    text: str
    collection: str
    language: str
    kind: str
    figures: Figures
    abstained: bool
    certainty: float
    """The score of the best hit."""
    wanted: tuple[str, ...]
    got: tuple[str, ...]
    """The first hits as `path:line name`."""


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that matters, over some kinds of questions, with the value that issue and README promise."""

    figure: str
    kinds: tuple[str, ...] = ()
    """Empty: all."""
    instant: float | None = None
    deep: float | None = None
    lowest_language: bool = False
    """Of all languages the lowest, not the mean."""

    @property
    def label(self) -> str:
        """The figure as a table names it."""
        kinds = f" {'+'.join(self.kinds)}" if self.kinds else ""
        return f"{self.figure}{kinds}{' of the lowest language' if self.lowest_language else ''}"


class Part(Protocol):
    """One set of the bench."""

    @property
    def name(self) -> str:
        """As `--parts` spells it."""
        ...

    @property
    def title(self) -> str:
        """As tables spell it."""
        ...

    @property
    def macro(self) -> str:
        """Over what the mean of means goes: `collection`, `language` or nothing."""
        ...

    @property
    def targets(self) -> Sequence[Target]:
        """What is shown first; the worst queries are those of the first one."""
        ...

    def collections(self, places: Places) -> Iterator[Collection]:
        """The folders with their questions. Raises SkippedError."""
        ...

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """What an answer is worth."""
        ...


@dataclass(frozen=True, slots=True)
class Places:
    """Where the data is and where the bench may write."""

    cache: Path
    bench: Path | None = None
    """Folder with `dev` and `handmade`."""
    data: Path | None = None
    """Folder of the public sets."""
    manifest: Path | None = None
    """The list of packages of which the held-out ones are unseen by every model."""
    packages: Path | None = None
    """Folder of their archives; missing ones are fetched."""
