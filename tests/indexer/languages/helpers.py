"""Parsing snippets in tests."""

from __future__ import annotations

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import Unit


def parse(language: str, source: str | bytes, stem: str = "sample") -> dict[str, Unit]:
    """Units by qualified name (module-level runs left out)."""
    data = source.encode() if isinstance(source, str) else source
    units = [unit for unit in parse_source(data, by_name(language), stem).units if unit.kind != "module"]
    by_qualname = {unit.qualname: unit for unit in units}
    assert len(by_qualname) == len(units), "two units of one qualified name: use parse_all"
    return by_qualname


def parse_all(language: str, source: str | bytes, stem: str = "sample") -> list[Unit]:
    """All units by position."""
    data = source.encode() if isinstance(source, str) else source
    return list(parse_source(data, by_name(language), stem).units)
