"""The parts of the bench, in the order in which they are run and shown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality.parts.dev import Dev
from benchmarks.quality.parts.elsewhere import Elsewhere
from benchmarks.quality.parts.handmade import Handmade
from benchmarks.quality.parts.public import COSQA, DJANGO, MBPP, SPOC
from benchmarks.quality.parts.symbols import Symbols
from benchmarks.quality.parts.unseen import Unseen
from benchmarks.quality.types import Part

PARTS: Sequence[Part] = (
    Dev(),
    Handmade("handmade", "hand-written, 8 code bases"),
    Handmade("handwritten", "hand-written, 12 other code bases", own=True),
    COSQA,
    SPOC,
    DJANGO,
    MBPP,
    Unseen(),
    Symbols(),
    Elsewhere(),
)
