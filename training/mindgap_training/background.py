"""The yardstick of a static model: units of many packages, a few of each, in the model's own space."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mindgap_indexer.encoding.background import Background
from mindgap_indexer.encoding.model import EmbeddingModel
from mindgap_indexer.types import Passage
from mindgap_training.embeddings import Document, parse_passage
from mindgap_training.pairs import Pair, UnitPair

UNITS = 1_024
PER_GROUP = 8
"""Units of one package at most."""
_DOCUMENTED = 0.5
"""Share of units that keep their comment: code bases have many without."""


def background(model: EmbeddingModel, pairs: Sequence[Pair], seed: int = 0) -> Background:
    """Vectors of a sample of the pairs' units."""
    rng = random.Random(f"background:{seed}")
    taken: Counter[str] = Counter()
    passages: list[Passage] = []
    for place in rng.sample(range(len(pairs)), len(pairs)):
        pair = pairs[place]
        if taken[pair.group] < PER_GROUP:
            taken[pair.group] += 1
            passages.append(_passage(pair, rng.random() < _DOCUMENTED))
            if len(passages) == UNITS:
                break
    return Background.of(model.embed_units(passages))


def _passage(pair: Pair, is_documented: bool) -> Passage:
    if not isinstance(pair, UnitPair):
        return parse_passage(Document(pair.code, pair.language))
    return pair.passage if is_documented else replace(pair.passage, doc="")
