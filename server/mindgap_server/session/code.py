"""A piece of live code as a question."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mindgap_indexer.errors import QueryError
from mindgap_indexer.places import unit_around, units_of
from mindgap_indexer.types import Filters, Mode, Tier
from mindgap_server.folders import real_path, same_path
from mindgap_server.session.answers import Located
from mindgap_server.session.question import Question


@dataclass(frozen=True, slots=True)
class CodeAt:
    """Some code, and the unit that it stands in."""

    path: Path
    text: str
    start_byte: int
    end_byte: int

    @classmethod
    def find(cls, path: Path, data: bytes, start: int, end: int) -> Self:
        """What is selected between two bytes, or the function around an empty selection.

        Raises QueryError when there is neither.
        """
        unit = unit_around(units_of(data, str(path)), start, end)
        if unit is None and start == end:
            raise QueryError("There is no function here. Put the cursor into one, or select some lines.")
        whole = (unit.start_byte, unit.end_byte) if unit else (start, end)
        first, last = whole if start == end else (start, end)
        return cls(path, data[first:last].decode("utf-8", "replace"), *whole)

    def question(self, limit: int) -> Question:
        """The search for code like this."""
        return Question(self.text, limit, Mode.CODE, Tier.AUTO, Filters(), None)

    def is_part_of(self, found: Located) -> bool:
        """Whether a hit is this code, stands in it or holds it."""
        hit = found.hit
        here = same_path(real_path(found.folder.path / hit.path)) == same_path(real_path(self.path))
        return here and hit.start_byte < self.end_byte and self.start_byte < hit.end_byte
