"""Logistic regression, its learned side."""

from __future__ import annotations

import math
from collections.abc import Mapping

_FARTHEST = 30.0


def probability(signs: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """What the weighted sum of the signs says, between 0 and 1; a sign without a weight tells nothing."""
    total = sum(weights.get(name, 0.0) * value for name, value in signs.items())
    return 1 / (1 + math.exp(-max(min(total, _FARTHEST), -_FARTHEST)))
