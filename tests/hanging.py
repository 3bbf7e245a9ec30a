"""A parser that hangs as real ones do: inside of a grammar's scanner, with the interpreter's lock held."""

from __future__ import annotations

import ctypes
from functools import partial

import tree_sitter
import tree_sitter_kotlin

from mindgap_indexer import crew, guard
from mindgap_indexer.guard import Guard
from mindgap_indexer.languages import Language
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import ParsedFile

HANGS = b"# HANGS\n"
CRASHES = b"# CRASHES\n"
EATS = b"# EATS\n"
_NO_END = b"val s = j{}\n @T"


def parse(data: bytes, language: Language, stem: str) -> ParsedFile:
    """As `parse_source`, but for files that begin with one of the marks."""
    if data.startswith(HANGS):
        tree_sitter.Parser(tree_sitter.Language(tree_sitter_kotlin.language())).parse(_NO_END)
    if data.startswith(CRASHES):
        ctypes.string_at(0)
    if data.startswith(EATS):
        ctypes.CDLL(None).abort()  # what tree-sitter does when it gets no memory
    return parse_source(data, language, stem)


serve = partial(guard.serve, parse)


def serve_and_leave() -> None:
    """Ends before it answers, as if somebody had ended it."""
    raise SystemExit(3)


def serve_crew() -> None:
    """A worker of a crew whose parser hangs, in its own process and in its guard's."""
    guard.CPU_SECONDS = 1.0
    crew.parse_source = parse  # type: ignore[attr-defined]
    crew.guard.parse = Guard("tests.hanging:serve").parse  # type: ignore[attr-defined]
    crew.serve()
