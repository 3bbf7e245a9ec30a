"""The second look: a cross-encoder reads the question together with each of the best candidates.

It judges functions one by one, and knows less of which file is about a subject than all functions of the file
tell together. So it orders the functions of each file, and files stay where the first look has put them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mindgap_indexer.ranking.features import FEATURES, Candidate, file_numbers
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


def keep_files(candidates: Sequence[Candidate], before: Float32, after: Float32) -> Float32:
    """What to add to scores `after` so that the best of each file is as good as `before`; all (n,)."""
    files = file_numbers(candidates)
    best = np.full((2, len(candidates)), -np.inf, np.float32)
    for row, scores in zip(best, (before, after), strict=True):
        np.maximum.at(row, files, scores)
    lifted: Float32 = best[0, files] - best[1, files]
    return lifted
