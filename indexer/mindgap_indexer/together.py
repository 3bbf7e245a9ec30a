"""One answer of one or several workspaces: their candidates are ranked as if they were one code base's.

Most of what the ranking goes by is relative to the best candidate, so that scores of separate rankings say
nothing about each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from mindgap_indexer.freshness import LiveFiles
from mindgap_indexer.pacing import searches
from mindgap_indexer.ranking import Candidate, CrossReader, Evidence, Interaction, ParsedQuery, Ranked, rank
from mindgap_indexer.ranking.features import term_weights
from mindgap_indexer.search import Gathered
from mindgap_indexer.store import StoredUnit
from mindgap_indexer.structure import Likeness
from mindgap_indexer.types import Float32, Hit, Mode

NEAR_MISSES = 5
"""What an abstaining answer still shows."""

Arrays = TypeVar("Arrays", Interaction, Likeness)


@dataclass(frozen=True, slots=True)
class Prospects:
    """What one workspace has to say to a query: candidates, and the files to check the best against."""

    gathered: Gathered
    live: LiveFiles


@dataclass(frozen=True, slots=True)
class Outcome:
    """What several workspaces answer together."""

    mode: Mode
    abstained: bool
    hits: tuple[tuple[int, Hit], ...]
    """Best first, each with the number of its workspace."""


def settle(prospects: Sequence[Prospects], limit: int) -> Outcome:
    """Rank the prospects of at least one workspace together; what is no longer there is left out."""
    with searches.one():
        return _settle(prospects, limit)


def _settle(prospects: Sequence[Prospects], limit: int) -> Outcome:
    pooled = pool([item.gathered for item in prospects])
    ranked, abstained = rank(pooled.query, pooled.candidates, pooled.evidence, cross=pooled.cross)
    hits: list[tuple[int, Hit]] = []
    wanted = min(limit, NEAR_MISSES) if abstained else limit
    likely = [item.candidate for item in ranked[:wanted]]
    for number, part in enumerate(prospects):
        part.live.expect({candidate.path for candidate in likely if candidate.code_base == number})
    for item in ranked:
        if len(hits) >= wanted:
            break
        number = item.candidate.code_base
        unit = prospects[number].live.locate(pooled.units[item.candidate.unit_id])
        if unit is not None:
            hits.append((number, _hit(len(hits) + 1, unit, item)))
    return Outcome(pooled.query.mode, abstained, tuple(hits))


def pool(parts: Sequence[Gathered]) -> Gathered:
    """The candidates of several code bases as those of one; their ids are made unique."""
    if len(parts) == 1:
        return parts[0]
    query, count = parts[0].query, len(parts)
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.evidence.document_counts)
    evidence = Evidence(
        lexical={},
        semantic={},
        deep={},
        document_counts=counts,
        unit_count=sum(part.evidence.unit_count for part in parts),
        interaction=_joined(Interaction, [part.evidence.interaction for part in parts]),
        shape=_joined(Likeness, [part.evidence.shape for part in parts]),
        usual_cosine=parts[0].evidence.usual_cosine,  # one question in one space
    )
    units: dict[int, StoredUnit] = {}
    candidates: list[Candidate] = []
    lexical: dict[int, float] = {}
    semantic: dict[int, float] = {}
    deep: dict[int, float] = {}
    for number, part in enumerate(parts):
        scale = _weight(query, evidence) / max(_weight(query, part.evidence), 1e-6)
        units.update((key * count + number, unit) for key, unit in part.units.items())
        candidates.extend(_renamed(item, number, count) for item in part.candidates)
        # BM25 counts rare words; what is rare in a small code base may be frequent in all of them.
        lexical.update((key * count + number, scale * x) for key, x in part.evidence.lexical.items())
        for near, found in ((semantic, part.evidence.semantic), (deep, part.evidence.deep)):
            near.update((key * count + number, cosine) for key, cosine in found.items())
    evidence = replace(evidence, lexical=lexical, semantic=semantic, deep=deep)
    return Gathered(query, units, candidates, evidence, _cross_reader(parts))


def _cross_reader(parts: Sequence[Gathered]) -> CrossReader | None:
    """Has each code base read its own candidates; None where no code base can."""
    if all(part.cross is None for part in parts):
        return None

    def read(candidates: Sequence[Candidate]) -> Float32:
        logits = np.full(len(candidates), np.nan, np.float32)
        for number, part in enumerate(parts):
            own = [place for place, item in enumerate(candidates) if item.code_base == number]
            if part.cross is not None and own:
                logits[own] = part.cross([_as_in_its_own(candidates[place], len(parts)) for place in own])
        return logits

    return read


def _renamed(item: Candidate, number: int, count: int) -> Candidate:
    unit_id, content_id = item.unit_id * count + number, item.content_id * count + number
    return item._replace(unit_id=unit_id, content_id=content_id, code_base=number)


def _as_in_its_own(item: Candidate, count: int) -> Candidate:
    """The opposite of `_renamed`."""
    return item._replace(unit_id=item.unit_id // count, content_id=item.content_id // count)


def _weight(query: ParsedQuery, evidence: Evidence) -> float:
    return math.fsum(term_weights(query, evidence).values())


def _joined(kind: type[Arrays], parts: Sequence[Arrays]) -> Arrays:
    """Arrays (n,) of the same names, one behind the other."""
    return kind(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)))


def _hit(place: int, unit: StoredUnit, ranked: Ranked) -> Hit:
    return Hit(
        rank=place,
        path=unit.path,
        start_line=unit.start_line,
        end_line=unit.end_line,
        name_line=unit.name_line,
        start_byte=unit.start_byte,
        end_byte=unit.end_byte,
        name_start_byte=unit.name_start_byte,
        name_end_byte=unit.name_end_byte,
        name=unit.name,
        qualname=unit.qualname,
        kind=unit.kind,
        language=unit.language,
        signature=unit.signature,
        score=round(ranked.score, 4),
        confidence=ranked.confidence,
        features=ranked.contributions,
    )
