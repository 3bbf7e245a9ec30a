"""Views of a pair: the same question and unit with parts left out or said differently.

An index holds units without comments and with names that tell nothing, and people ask in other words. A model
that always sees all of a unit and the words of its own comment learns to compare those alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mindgap_indexer.types import Passage
from mindgap_training.corpora.harden import Hardening, harden
from mindgap_training.embeddings import Document, parse_passage
from mindgap_training.pairs import Pair, UnitPair

NEUTRAL = "f"
"""What stands for a hidden name."""


@dataclass(frozen=True, slots=True)
class ViewConfig:
    """How many views are made of a pair, and of what kind."""

    views: int = 2
    """Of each pair; one epoch sees all of them."""
    hardening: Hardening = field(default_factory=Hardening)
    doc_kept: float = 0.2
    """Chance of a unit to keep its comment, which the question was made from."""
    name_hidden: float = 0.25
    """Chance of a unit's own name to be hidden."""


@dataclass(frozen=True, slots=True)
class View:
    """A question and what an encoder sees of its answer."""

    query: str
    passage: Passage
    pair: int
    """Place of the pair among all."""


def views(pairs: Sequence[Pair], config: ViewConfig, seed: int) -> Iterator[View]:
    """All views of all pairs, pair by pair; the same seed gives the same views."""
    for place, pair in enumerate(pairs):
        rng = random.Random(f"{seed}:{pair.id}")
        whole = _passage(pair)
        for _ in range(config.views):
            yield View(_question(pair, whole, config, rng), _less(whole, config, rng), place)


def _passage(pair: Pair) -> Passage:
    if isinstance(pair, UnitPair):
        return pair.passage
    return parse_passage(Document(pair.code, pair.language))


def _question(pair: Pair, whole: Passage, config: ViewConfig, rng: random.Random) -> str:
    # Several lines are pseudocode, which has an order that dropped words would break.
    if "\n" in pair.query:
        return pair.query
    return harden(pair.query, whole.qualname, config.hardening, rng)


def _less(whole: Passage, config: ViewConfig, rng: random.Random) -> Passage:
    doc = whole.doc if rng.random() < config.doc_kept else ""
    if not whole.name or rng.random() >= config.name_hidden:
        return Passage(whole.name, whole.qualname, whole.signature, doc, whole.body, whole.language)
    return Passage(
        name="",
        qualname=whole.qualname.removesuffix(whole.name),
        signature=whole.signature.replace(whole.name, NEUTRAL),
        doc=doc,
        body=whole.body,
        language=whole.language,
    )
