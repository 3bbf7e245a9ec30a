"""Parsing one file: the facade over definitions, module-level runs and line windows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mindgap_indexer.languages import Language, detect_by_content, load_grammar
from mindgap_indexer.parsing.definitions import find_definitions
from mindgap_indexer.parsing.text import SourceText
from mindgap_indexer.parsing.units import build_units
from mindgap_indexer.parsing.windows import window_units
from mindgap_indexer.redaction import redact
from mindgap_indexer.types import ParsedFile

Parse = Callable[[bytes, Language, str], ParsedFile]
"""`parse_source`, or what takes its place."""

log = logging.getLogger(__name__)

DENSE_ROW = 5_000
"""More bytes a row than this on average were written by no hand, and take some grammars very long."""


def parse_source(data: bytes, language: Language, stem: str) -> ParsedFile:
    """Cut a file into units; see parse_strictly. Whatever goes wrong, the file becomes windows of lines."""
    try:
        return parse_strictly(data, language, stem)
    except Exception as error:  # a bug or a broken grammar must not keep all other files out of the index
        log.warning(
            "A %s file could not be parsed (%s); it is cut into lines.", language.name, type(error).__name__
        )
        windows = window_units(SourceText(redact(data)), language.name, stem)
        return ParsedFile(language.name, tuple(windows), has_errors=True)


def parse_strictly(data: bytes, language: Language, stem: str) -> ParsedFile:
    """Cut a file into units.

    `data` is the file as it is on disk; `language` is what its name says; `stem` names the code that stands
    in no definition. Never fails on content: what the grammar cannot read becomes windows of lines.
    Secrets are starred out first, so no unit holds one.
    """
    data = redact(data)
    source = SourceText(data)
    language = detect_by_content(language, data)
    grammar = load_grammar(language)
    is_dense = len(data) > DENSE_ROW * source.rows
    if grammar is None or is_dense:
        return ParsedFile(
            language.name, tuple(window_units(source, language.name, stem)), grammar is not None
        )
    found = find_definitions(source, language, grammar)
    return ParsedFile(language.name, tuple(build_units(source, language, stem, found)), found.has_errors)
