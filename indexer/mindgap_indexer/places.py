"""What stands at a place of a file: the unit around it, a unit seen before, the comment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from mindgap_indexer import guard
from mindgap_indexer.languages import Language, detect, detect_by_shebang
from mindgap_indexer.parsing.comments import Comment
from mindgap_indexer.types import CALLABLE, Kind, Unit

_WITHOUT_NAME = frozenset({Kind.MODULE, Kind.BLOCK})


def units_of(data: bytes, path: str) -> tuple[Unit, ...]:
    """The units of a text; none when its language is unknown."""
    language = _language(data, path)
    return guard.parse(data, language, PurePosixPath(path).stem).units if language else ()


def unit_around(units: Iterable[Unit], start: int, end: int) -> Unit | None:
    """The smallest unit that holds these bytes: a function if there is one, else whatever has a name."""
    holding = [unit for unit in units if unit.start_byte <= start and end <= unit.end_byte]
    holding.sort(key=lambda unit: (unit.kind in _WITHOUT_NAME, unit.end_byte - unit.start_byte))
    return next((unit for unit in holding if unit.kind in CALLABLE), holding[0] if holding else None)


def unit_again(units: Iterable[Unit], qualname: str, kind: Kind, line: int) -> Unit | None:
    """The unit of this name and kind that is nearest to a line (from 1), where it stood before."""
    namesakes = [unit for unit in units if (unit.qualname, unit.kind) == (qualname, kind)]
    return min(namesakes, key=lambda unit: abs(unit.name_line - line), default=None)


def comment_at(data: bytes, path: str, byte: int) -> Comment | None:
    """The comment at a byte with its neighbours in the lines above and below; None in code."""
    language = _language(data, path)
    return guard.comment_at(data, language, byte) if language else None


def _language(data: bytes, path: str) -> Language | None:
    """As the workspace rules tell it: by the name, of a script without one by its first line."""
    return detect(path) or detect_by_shebang(data)
