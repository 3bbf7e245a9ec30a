"""A parser that hides no bug, for a process that can be ended: some grammars stop in no other way."""

from __future__ import annotations

from functools import partial

from mindgap_indexer import guard
from mindgap_indexer.languages import Language
from mindgap_indexer.parsing.source import parse_strictly
from mindgap_indexer.types import ParsedFile

RAISED = "raised "


def parse(data: bytes, language: Language, stem: str) -> ParsedFile:
    """As `parse_strictly`; what that raises is told in the place of the language."""
    try:
        return parse_strictly(data, language, stem)
    except Exception as error:
        return ParsedFile(f"{RAISED}{error!r}", ())


serve = partial(guard.serve, parse)
