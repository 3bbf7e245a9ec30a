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


def outline(
    language: str, source: str | bytes, stem: str = "sample"
) -> list[tuple[str, str, int, int, int, int]]:
    """All units by position: qualified name, kind, and the lines of doc comment, start, name and end.

    Checks on the way that the bytes of each name spell it.
    """
    data = source.encode() if isinstance(source, str) else source
    units = parse_all(language, data, stem)
    for unit in units:
        spelt = data[unit.name_start_byte : unit.name_end_byte].decode()
        assert spelt in (unit.name, ""), unit.qualname
    return [
        (u.qualname, u.kind.value, u.doc_start_line, u.start_line, u.name_line, u.end_line) for u in units
    ]
