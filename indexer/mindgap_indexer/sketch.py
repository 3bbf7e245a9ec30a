"""What the store keeps of a unit for the ranking, beside its vectors: shape, gist and words one by one."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer import gist, structure
from mindgap_indexer.encoding.tokens import Field, TokenSpace
from mindgap_indexer.parsing import split_summary
from mindgap_indexer.types import Passage, Unit

SHAPE_SIZE = structure.SIZE + gist.SIZE
"""Bytes of what is told without names."""


def sketches(units: Sequence[Unit], space: TokenSpace | None) -> list[bytes]:
    """Of each unit its shape and gist, then the words; without a space of words, the first two alone."""
    gists = gist.load_gist().of_code([unit.body for unit in units])
    shapes = [
        structure.shape_of_code(unit.name, unit.body) + steps
        for unit, steps in zip(units, gists, strict=True)
    ]
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
    """Shapes with gists, and words, of several sketches; an empty one has no words and zeros as shape."""
    shapes = [sketch[:SHAPE_SIZE] or bytes(SHAPE_SIZE) for sketch in sketches]
    return shapes, [sketch[SHAPE_SIZE:] for sketch in sketches]
