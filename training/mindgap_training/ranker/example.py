"""What the ranking sees of one question: candidates with their features, and which of them answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mindgap_indexer.ranking import Candidate
from mindgap_indexer.types import Float32, Mode


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one corpus."""

    kind: str
    text: str
    mode: Mode
    candidates: Sequence[Candidate]
    features: Float32
    """(candidates, features)"""
    answers: npt.NDArray[np.bool_]
    """(candidates,); which of them answer."""
    signs: Mapping[str, float]
    """What the query tells of the chance to find an answer."""
    answerable: bool
    """Whether the corpus holds an answer at all."""
