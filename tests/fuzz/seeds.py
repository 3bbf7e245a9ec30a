"""Good inputs to make bad ones of: the snippets of every language's own tests, and files of a folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mindgap_indexer.languages import LANGUAGES, Language, detect

CORPUS_VARIABLE = "MINDGAP_FUZZ_CORPUS"
"""A folder of real files, for nightly runs."""
_TESTS = Path(__file__).parents[1] / "indexer" / "languages"
_SHARED = {"cpp": "cpp", "tsx": "typescript"}

GRAMMARS: tuple[Language, ...] = tuple(language for language in LANGUAGES if language.grammar)
"""Every language that is parsed."""


@cache
def seeds(language: str) -> tuple[bytes, ...]:
    """Real code in a language."""
    return tuple(dict.fromkeys((*_snippets(language), *_files(language))))


def _snippets(language: str) -> Iterator[bytes]:
    source = (_TESTS / f"test_{_SHARED.get(language, language)}.py").read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            yield node.value.encode()


def _files(language: str) -> Iterator[bytes]:
    folder = os.environ.get(CORPUS_VARIABLE)
    for path in sorted(Path(folder).rglob("*")) if folder else ():
        found = detect(path.name)
        if found is not None and found.name == language and path.is_file():
            yield path.read_bytes()[:16_000]
