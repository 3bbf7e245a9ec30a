"""The second look: a cross-encoder reads the question together with each of the best candidates.

It judges functions one by one, and knows less of which file is about a topic than all functions of the file
tell together. So as far as a question is about one, it only orders the functions of each file; in a pile of
snippets, where each has a file to itself, it orders them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mindgap_indexer.ranking.features import FEATURES, Candidate
from mindgap_indexer.types import Float32

READ = 16
"""So many candidates are read."""
CrossReader = Callable[[Sequence[Candidate]], Float32]
"""Gives the logits (n,) of candidates; NaN for those of which there is nothing to read."""

CROSS = FEATURES.index("cross")
_FARTHEST = 10.0
"""Logits beyond are as sure as any."""


def read_best(
    features: Float32, candidates: Sequence[Candidate], order: Sequence[int], cross: CrossReader
) -> bool:
    """Fill the column of the cross-encoder in features (n, features); `order` is that of the first look.

    Those that cannot be read are taken for average ones, those further down for the worst that were read.
    False: there was nothing to read.
    """
    best = list(order[:READ])
    logits = cross([candidates[place] for place in best])
    unknown = np.isnan(logits)
    if unknown.all():
        return False
    logits[unknown] = np.median(logits[~unknown])
    said = logits.clip(-_FARTHEST, _FARTHEST) / (2 * _FARTHEST) + 0.5
    features[:, CROSS] = said.min()
    features[best, CROSS] = said
    return True
