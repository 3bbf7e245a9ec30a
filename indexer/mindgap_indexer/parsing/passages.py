"""What encoders see of a unit."""

from __future__ import annotations

from mindgap_indexer.types import Passage, Unit

PASSAGE_CHARS = 3_000
"""A longer body is encoded in several passages …"""
OVERLAP_CHARS = 400
"""… that share this much, so that no step of the code is cut in two for all of them."""
MAX_PASSAGES = 8
"""Of a giant unit (tables, generated code) only the first so many passages are encoded."""


def passages(unit: Unit) -> list[Passage]:
    """One passage for an ordinary unit, overlapping ones for a long body; the hit stays one."""
    bodies: list[str] = []
    at, body = 0, unit.body
    while len(bodies) < MAX_PASSAGES:
        end = at + PASSAGE_CHARS
        if end < len(body):
            end = max(body.rfind("\n", at + PASSAGE_CHARS // 2, end), at + PASSAGE_CHARS // 2)
        bodies.append(body[at:end])
        if end >= len(body):
            break
        at = end - OVERLAP_CHARS
    return [
        Passage(unit.name, unit.qualname, unit.signature, unit.doc, piece, unit.language) for piece in bodies
    ]
