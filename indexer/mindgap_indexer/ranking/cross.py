"""The second look: a cross-encoder reads the question together with each of the best candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mindgap_indexer.ranking.features import FEATURES, Candidate
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.types import Float32

READ = 16
"""So many candidates are read."""
CrossReader = Callable[[Sequence[Candidate]], Float32]
"""Gives the logits (n,) of candidates; NaN for those of which there is nothing to read."""

CROSS = FEATURES.index("cross")
_TOPIC, _QUESTION = 2, 7
"""A query of so few terms names a topic, and it is files that are about topics: nothing is read. One of so
many asks for what a function does, and what is read counts in full. Fitted to questions of each length alone,
its weight grows in a straight line from nothing to this."""
_FARTHEST = 10.0
"""Logits beyond are as sure as any."""


def read_best(
    query: ParsedQuery,
    features: Float32,
    candidates: Sequence[Candidate],
    order: Sequence[int],
    cross: CrossReader,
) -> None:
    """Fill the column of the cross-encoder in features (n, features); `order` is that of the first look.

    Those that cannot be read are taken for average ones, those further down for the worst that were read.
    """
    share = min(max((len(query.terms) - _TOPIC) / (_QUESTION - _TOPIC), 0.0), 1.0)
    if not share:
        return
    best = list(order[:READ])
    logits = cross([candidates[place] for place in best])
    unknown = np.isnan(logits)
    if unknown.all():
        return
    logits[unknown] = np.median(logits[~unknown])
    said = logits.clip(-_FARTHEST, _FARTHEST) / (2 * _FARTHEST) + 0.5
    features[:, CROSS] = share * said.min()
    features[best, CROSS] = share * said
