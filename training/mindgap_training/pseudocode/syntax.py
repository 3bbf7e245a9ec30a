"""Small questions to syntax trees that all grammars answer."""

from __future__ import annotations

import importlib
from functools import cache

import tree_sitter

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing.preprocessor import blank_preprocessor
from mindgap_training.pseudocode.grammars import Form, forms

Node = tree_sitter.Node

LEFT = ("left", "pattern", "name", "target", "declarator")
RIGHT = ("right", "value", "result", "expression")
CONDITION = ("condition", "if")
SUBJECT = ("value", "subject", "condition", "expr", "expression")
BODY = ("body", "consequence", "then", "block")
CALLEE = ("function", "name", "method", "macro", "constructor", "type", "target")
RECEIVER = ("object", "receiver", "scope")

# A method stands in a class, PHP behind its opening tag; as a fragment it would not be understood. Some
# published sets left out the last brace.
_FRAMES = (
    ("", ""),
    ("class A {\n", "\n}"),
    ("<?php\n", ""),
    ("<?php\nclass A {\n", "\n}"),
    ("impl A {\n", "\n}"),
    ("const a = {\n", "\n}"),
    ("package p\n", ""),
    ("", "\n}"),
)


def parse(code: str, language: str) -> Node | None:
    """A syntax tree without errors, the code framed if it must be; None if there is none.

    Of a fragment that is torn off around it, the whole function is enough.
    """
    parser = _parser(language)
    if parser is None:
        return None
    if by_name(language).has_preprocessor:
        code = blank_preprocessor(code.encode("utf-8", "replace"))[0].decode()
    for before, after in _FRAMES:
        if before.startswith("<?php") and language != "php":
            continue
        root = parser.parse(f"{before}{code}{after}".encode("utf-8", "replace")).root_node
        if not root.has_error and not (language == "php" and root.named_child_count < 2):
            return root
    function = descend(parser.parse(code.encode("utf-8", "replace")).root_node, language, Form.FUNCTION)
    return function if function is not None and not function.has_error else None


@cache
def _parser(language: str) -> tree_sitter.Parser | None:
    try:
        grammar = by_name(language).grammar
    except KeyError:
        return None
    if grammar is None:
        return None
    module, function = grammar
    pointer: object = getattr(importlib.import_module(module), function)()
    return tree_sitter.Parser(tree_sitter.Language(pointer))


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def part(node: Node, *names: str) -> Node | None:
    """The first named child under one of these field names."""
    for name in names:
        for child in node.children_by_field_name(name):
            if child.is_named:
                return child
    return None


def parts(node: Node) -> list[Node]:
    """The named children, comments left out."""
    return [child for child in node.named_children if "comment" not in child.type]


def operator(node: Node) -> str:
    """The operator of an expression or assignment: a field, or the sign between its parts."""
    for name in ("operator", "operators", "op", "operation"):
        if found := node.child_by_field_name(name):
            return text(found).strip()
    for child in node.children:
        sign = text(child).strip()
        if child.type in ("operator", "operator_identifier", "test_operator"):
            return sign
        if not child.is_named and sign not in "()[]{},;:":
            return sign
    middle = parts(node)
    return text(middle[1]) if len(middle) == 3 and not middle[1].children else ""


def descend(node: Node, language: str, wanted: Form) -> Node | None:
    """The outermost node of a form, nearest to the root."""
    table, level = forms(language), [node]
    while level:
        for found in level:
            if table.get(found.type) is wanted:
                return found
        level = [child for found in level for child in found.named_children]
    return None
