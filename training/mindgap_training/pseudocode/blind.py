"""Identifier-blind questions: whoever asks does not know what the code calls things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mindgap_training.pairs import Pair
from mindgap_training.pseudocode.syntax import Node, parse, text

PLACEHOLDER = "it"
_WORD = re.compile(r"[^\W\d]\w*")


def blind(pair: Pair, placeholder: str = PLACEHOLDER) -> Pair:
    """The pair with every identifier of its code taken out of the question, upper and lower case alike."""
    names = identifiers(pair.code, pair.language)
    return replace(
        pair,
        query=_WORD.sub(lambda word: placeholder if word[0].lower() in names else word[0], pair.query),
    )


def identifiers(code: str, language: str) -> set[str]:
    """All names in the code, lower-case; every word of it where the grammar cannot read it."""
    root = parse(code, language)
    named = _WORD.findall(code) if root is None else (text(node) for node in _names(root))
    return {word.lower() for name in named for word in _WORD.findall(name)}


def _names(node: Node) -> Iterator[Node]:
    if not node.child_count and ("identifier" in node.type or node.type in ("name", "constant")):
        yield node
    for child in node.named_children:
        yield from _names(child)
