"""From definitions to units: qualified names, kinds, bodies, and the code between definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mindgap_indexer.languages import Language
from mindgap_indexer.parsing.definitions import Definition, Found
from mindgap_indexer.parsing.text import SourceText
from mindgap_indexer.parsing.windows import make_window, split_rows
from mindgap_indexer.types import CLASS_LIKE, Kind, Unit

MAX_SIGNATURE = 300
COLLAPSE_ROWS = 60
"""A callable longer than this shows the functions nested in it by their heads only."""

_OPENING = re.compile(r"\A(?:,\s*do:|[:=;,])(?:\s+|\Z)")
"""What stands between a signature and its body and belongs to neither."""

_OWNER_MARKS = str.maketrans({":": ".", "#": ".", "&": None, "*": None, "(": None, ")": None, "~": None})


def build_units(source: SourceText, language: Language, stem: str, found: Found) -> Iterator[Unit]:
    """All units of a file by position: definitions, then merged in, the runs of code between them."""
    units = [_unit(source, language, d) for d in found.definitions if d.kind is not None]
    units += _module_units(source, language.name, stem, found)
    yield from sorted(units, key=lambda unit: (unit.start_byte, -unit.end_byte))


def _unit(source: SourceText, language: Language, definition: Definition) -> Unit:
    kind = _kind(language, definition)
    return Unit(
        kind=kind,
        name=definition.name,
        qualname=_qualname(definition),
        language=language.name,
        signature=_signature(source, definition),
        doc=definition.doc,
        body=_body(source, definition, kind),
        start_byte=definition.start,
        end_byte=definition.end,
        name_start_byte=definition.name_start,
        name_end_byte=definition.name_end,
        start_line=source.row_of(definition.start) + 1,
        end_line=source.row_of(max(definition.end - 1, definition.start)) + 1,
        name_line=source.row_of(definition.name_start) + 1,
        doc_start_line=source.row_of(_outer_start(definition)) + 1,
    )


def _outer_start(definition: Definition) -> int:
    return min(definition.start, definition.doc_start) if definition.doc_start >= 0 else definition.start


def _kind(language: Language, definition: Definition) -> Kind:
    """A function inside something class-like is a method; a method may be a constructor."""
    kind, parent = definition.kind, definition.parent
    assert kind is not None
    class_like = parent is not None and (parent.is_class_scope or parent.kind in CLASS_LIKE)
    if kind is Kind.FUNCTION and (class_like or definition.is_owned):
        kind = Kind.METHOD
    if kind is Kind.METHOD:
        classes = {parent.name} if parent is not None and class_like else set[str]()
        classes |= {definition.owner.translate(_OWNER_MARKS).rsplit(".", 1)[-1]}
        if definition.name in language.constructors or definition.name in classes:
            return Kind.CONSTRUCTOR
    return kind


def _qualname(definition: Definition) -> str:
    parts: list[str] = []
    at: Definition | None = definition
    while at is not None:
        parts.append(at.name.replace("::", ".").replace("\\", "."))
        if at.owner:
            parts.append(at.owner.translate(_OWNER_MARKS).strip(". "))
        at = at.parent
    return ".".join(part for part in reversed(parts) if part).replace("..", ".")


def _signature(source: SourceText, definition: Definition) -> str:
    head = source.text(definition.head, min(definition.body_start, definition.end))
    if definition.body_start >= definition.end and "\n" in head and definition.kind in CLASS_LIKE:
        head = head.split("{", 1)[0].split("\n", 1)[0]
    head = " ".join(head.split()).rstrip("{:=; ")
    return head.removesuffix("->").removesuffix("=>").rstrip()[:MAX_SIGNATURE]


def _body(source: SourceText, definition: Definition, kind: Kind) -> str:
    """Source of the body without its doc comment; nested definitions by their heads where it is long."""
    rows = source.row_of(definition.end) - source.row_of(definition.start)
    collapse = kind in CLASS_LIKE or kind is Kind.MODULE or rows > COLLAPSE_ROWS
    cuts: list[tuple[int, int, str]] = []
    if definition.doc_range is not None:
        cuts.append((*definition.doc_range, ""))
    if collapse:
        for child in definition.children:
            if child.start >= definition.body_start:
                cuts.append((_outer_start(child), child.end, _signature(source, child)))
    parts: list[str] = []
    at = min(definition.body_start, definition.end)
    for start, end, replacement in sorted(cuts):
        if start >= at:
            parts += (source.text(at, start), replacement)
            at = end
    parts.append(source.text(at, definition.end))
    return _OPENING.sub("", "".join(parts).strip())


def _module_units(source: SourceText, language: str, stem: str, found: Found) -> Iterator[Unit]:
    """The rows that no definition covers, in runs; short runs are not worth a unit of their own line."""
    covered = bytearray(source.rows + 1)
    for definition in found.definitions:
        first = source.row_of(_outer_start(definition))
        last = source.row_of(max(definition.end - 1, definition.start))
        if definition.kind is not None:
            covered[first : last + 1] = b"\1" * (last + 1 - first)
        elif last > first:
            # A scope (namespace, impl …): its closing line holds no code of its own, nor does its head,
            # unless somebody thought it worth a comment.
            if not definition.doc:
                head_end = source.row_of(min(definition.body_start, definition.end))
                covered[first : head_end + 1] = b"\1" * (head_end + 1 - first)
            covered[last] |= not definition.is_file_scope
    covered[source.rows] = True
    end_of_run = 0
    while (first := covered.find(0, end_of_run)) >= 0:
        end_of_run = covered.find(1, first)
        for start, end in split_rows(source, first, end_of_run):
            unit = make_window(source, language, stem, Kind.MODULE, start, end, found.comments)
            if unit is not None:
                yield unit
