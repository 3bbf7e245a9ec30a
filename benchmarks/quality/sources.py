"""The units of a folder as the indexer sees them, for questions that are made from code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mindgap_indexer import Confidence, Hit, Kind
from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.store import StoredUnit
from mindgap_indexer.types import Unit
from mindgap_indexer.workspace_rules import WorkspaceRules

_NAMELESS = frozenset({Kind.MODULE, Kind.BLOCK})


@dataclass(frozen=True, slots=True)
class Placed:
    """A named unit and its file."""

    path: str
    unit: Unit


def as_hit(unit: Unit | StoredUnit, path: str, rank: int, score: float) -> Hit:
    """A unit as an answer of a method that only orders."""
    return Hit(
        rank=rank, path=path, start_line=unit.start_line, end_line=unit.end_line,
        name_line=unit.name_line, start_byte=unit.start_byte, end_byte=unit.end_byte,
        name_start_byte=unit.name_start_byte, name_end_byte=unit.name_end_byte, name=unit.name,
        qualname=unit.qualname, kind=unit.kind, language=unit.language, signature=unit.signature,
        score=score, confidence=Confidence.LOW,
    )  # fmt: skip


def named_units(root: Path) -> Iterator[Placed]:
    """Every unit below a root that has a name, in the order of paths and places."""
    rules = WorkspaceRules(root)
    for file in sorted(rules.scan().files, key=lambda file: file.path):
        stem = PurePosixPath(file.path).stem
        for unit in parse_source(rules.read(file.path), by_name(file.language), stem).units:
            if unit.kind not in _NAMELESS:
                yield Placed(file.path, unit)
