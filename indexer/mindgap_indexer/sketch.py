"""What the store keeps of a unit for the ranking, beside its vectors: its shape and its words one by one."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer.encoding.tokens import Field, TokenSpace
from mindgap_indexer.parsing import split_summary
from mindgap_indexer.structure import SIZE, shape_of_code
from mindgap_indexer.types import Passage, Unit


def sketches(units: Sequence[Unit], space: TokenSpace | None) -> list[bytes]:
    """Of each unit SIZE bytes of shape, then the words; without a space of words, the shape alone."""
    shapes = [shape_of_code(unit.name, unit.body) for unit in units]
    if space is None:
        return shapes
    return [shape + words for shape, words in zip(shapes, pack_words(units, space), strict=True)]


def pack_words(units: Sequence[Unit | Passage], space: TokenSpace) -> list[bytes]:
    """The words of units one by one, see TokenSpace."""
    return space.pack([_fields(unit) for unit in units])


def _fields(unit: Unit | Passage) -> tuple[tuple[Field, str], ...]:
    summary, rest = split_summary(unit.doc)
    return (
        (Field.NAME, unit.name),
        (Field.SCOPES, unit.qualname.removesuffix(unit.name)),
        (Field.SIGNATURE, unit.signature),
        (Field.SUMMARY, summary),
        (Field.DOC, rest),
        (Field.BODY, unit.body),
    )


def split_sketches(sketches: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The shapes and the words of several sketches; an empty sketch has no words and a shape of nothing."""
    shapes = [sketch[:SIZE] or bytes(SIZE) for sketch in sketches]
    return shapes, [sketch[SIZE:] for sketch in sketches]
