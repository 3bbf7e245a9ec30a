"""What encoders see of a unit."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer.parsing.prose import split_summary
from mindgap_indexer.types import Passage, Unit

PIECE_CHARS = 3_000
"""A longer body is encoded in several pieces …"""
OVERLAP_CHARS = 400
"""… that share this much, so that no step of the code is cut in two for all of them."""
MAX_PIECES = 8
"""Of a giant unit (tables, generated code) only the first so many pieces are encoded."""


def passages(unit: Unit) -> list[Passage]:
    """What is encoded of a unit: its head, then its body in pieces; the hit stays one.

    The head (names, signature and the first sentence of the doc) is what a short question resembles; in one
    vector with a long body it would drown. A unit without a doc needs no head of its own.
    """
    summary, _ = split_summary(unit.doc)
    bodies = _pieces(unit.body)
    whole = [
        Passage(unit.name, unit.qualname, unit.signature, unit.doc, piece, unit.language) for piece in bodies
    ]
    if not summary or not unit.body:
        return whole
    return [Passage(unit.name, unit.qualname, unit.signature, summary, "", unit.language), *whole]


def without_head(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """What a transformer is shown: it reads the head before the body anyway, and its time is dear."""
    return tuple(passage for passage in passages if passage.body) or tuple(passages)


def _pieces(body: str) -> list[str]:
    """A body whole, or cut at line breaks into overlapping pieces."""
    pieces: list[str] = []
    at = 0
    while len(pieces) < MAX_PIECES:
        end = at + PIECE_CHARS
        if end < len(body):
            line_end = body.rfind("\n", at + PIECE_CHARS // 2, end)
            end = line_end if line_end > 0 else end
        pieces.append(body[at:end])
        if end >= len(body):
            break
        at = end - OVERLAP_CHARS
    return pieces
