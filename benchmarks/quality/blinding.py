"""Questions without the names of the code: what is left is structure and the words for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import tree_sitter

from mindgap_indexer.languages import by_name
from mindgap_indexer.languages.grammar import load_grammar


def blind(query: str, code: str, language: str) -> str:
    """The query with every identifier of the code that occurs in it replaced by another, neutral name."""
    found = identifiers(code, language)
    free = (name for number in count(1) if (name := f"x{number}") not in found)
    names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if word not in found:
            return word
        if word not in names:
            names[word] = next(free)
        return names[word]

    return re.sub(r"\w+", renamed, query)


def identifiers(code: str, language: str) -> frozenset[str]:
    """Every name in the code, of whatever kind."""
    grammar = load_grammar(by_name(language))
    if grammar is None:
        raise ValueError(f"There is no grammar for {language}.")
    tree = tree_sitter.Parser(grammar.language).parse(code.encode())
    return frozenset(
        node.text.decode()
        for node in _leaves(tree.root_node)
        if node.type.endswith("identifier") and node.text is not None
    )


def _leaves(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)
