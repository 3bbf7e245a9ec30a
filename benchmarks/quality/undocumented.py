"""Source files without their documentation: every line stays where it is, doc comments become blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import tree_sitter

from mindgap_indexer.languages import Language, load_grammar
from mindgap_indexer.parsing import parse_source

_NOT_LINE_BREAK = re.compile(rb"[^\r\n]")


def without_docs(path: str, data: bytes, language: Language) -> bytes:
    """The file with the doc comments above its units and the docstrings inside them blanked."""
    blanked = bytearray(data)
    for start, end, instead in _docstrings(data, language):
        text = _NOT_LINE_BREAK.sub(b" ", data[start:end])
        blanked[start:end] = instead + text[len(instead) :]
    rows = bytes(blanked).splitlines(keepends=True)
    # Parsed again: a comment above counts as documentation where there is no docstring any more.
    for unit in parse_source(bytes(blanked), language, PurePosixPath(path).stem).units:
        for row in range(unit.doc_start_line - 1, unit.start_line - 1):
            rows[row] = _NOT_LINE_BREAK.sub(b" ", rows[row])
    return b"".join(rows)


def _docstrings(data: bytes, language: Language) -> Iterator[tuple[int, int, bytes]]:
    """Bytes of each documentation that stands inside of a definition, and what has to stay of it."""
    grammar = load_grammar(language)
    if grammar is None:
        return
    tree = tree_sitter.Parser(grammar.language).parse(data)
    for node in tree_sitter.QueryCursor(grammar.query).captures(tree.root_node).get("doc", ()):
        yield node.start_byte, node.end_byte, _left(node)


def _left(node: tree_sitter.Node) -> bytes:
    """An argument stays a text, and a body does not become empty."""
    statement = node.parent
    if statement is None or statement.type != "expression_statement":
        return b'""'
    block = statement.parent
    return b"pass" if block is not None and block.named_child_count == 1 else b""
