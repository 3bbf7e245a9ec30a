"""What the store keeps of a unit for the ranking, beside its vectors: its shape and its words one by one."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer.encoding.tokens import Field, TokenSpace
from mindgap_indexer.parsing import split_summary
from mindgap_indexer.structure import SIZE, shape_of_code
from mindgap_indexer.types import Unit


def sketch(unit: Unit, space: TokenSpace | None) -> bytes:
    """SIZE bytes of shape, then the words; without a space of words, the shape alone."""
    shape = shape_of_code(unit.name, unit.body)
    if space is None:
        return shape
    return shape + pack_words(space, unit.name, unit.qualname, unit.signature, unit.doc, unit.body)


def pack_words(space: TokenSpace, name: str, qualname: str, signature: str, doc: str, body: str) -> bytes:
    """The words of a unit one by one, see TokenSpace."""
    summary, rest = split_summary(doc)
    return space.pack(
        (
            (Field.NAME, name),
            (Field.SCOPES, qualname.removesuffix(name)),
            (Field.SIGNATURE, signature),
            (Field.SUMMARY, summary),
            (Field.DOC, rest),
            (Field.BODY, body),
        )
    )


def split_sketches(sketches: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The shapes and the words of several sketches; an empty sketch has no words and a shape of nothing."""
    shapes = [sketch[:SIZE] or bytes(SIZE) for sketch in sketches]
    return shapes, [sketch[SIZE:] for sketch in sketches]
