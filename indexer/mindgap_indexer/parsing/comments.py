"""The comment at a place of a file."""

from __future__ import annotations

from dataclasses import dataclass

import tree_sitter

from mindgap_indexer.languages import Language, detect_by_content, load_grammar
from mindgap_indexer.parsing.prose import clean_comments
from mindgap_indexer.parsing.text import with_line_end


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, or several one below the other."""

    text: str
    """Its prose, without comment marks."""
    start_byte: int
    end_byte: int


def comment_at(data: bytes, language: Language, byte: int) -> Comment | None:
    """The comment at a byte with its neighbours in the lines above and below; None in code.

    May take for ever, see guard.py.
    """
    language = detect_by_content(language, data)
    grammar = load_grammar(language)
    if grammar is None:
        return None
    tree = tree_sitter.Parser(grammar.language).parse(with_line_end(data))
    # Behind the last character of a line comment the byte belongs to the line break.
    node = _comment_node(tree, language, byte) or _comment_node(tree, language, max(byte - 1, 0))
    if node is None:
        return None
    run = _run_of(node, language)
    text = clean_comments([data[n.start_byte : n.end_byte].decode("utf-8", "replace") for n in run])
    return Comment(text, run[0].start_byte, run[-1].end_byte) if text else None


def _comment_node(tree: tree_sitter.Tree, language: Language, byte: int) -> tree_sitter.Node | None:
    node = tree.root_node.descendant_for_byte_range(byte, byte)
    while node is not None and node.type not in language.comments:
        node = node.parent
    return node


def _run_of(node: tree_sitter.Node, language: Language) -> list[tree_sitter.Node]:
    """The comments that begin in the same column of adjoining lines."""
    run = [node]
    while (above := run[0].prev_sibling) is not None and _adjoins(above, run[0], language):
        run.insert(0, above)
    while (below := run[-1].next_sibling) is not None and _adjoins(run[-1], below, language):
        run.append(below)
    return run


def _adjoins(upper: tree_sitter.Node, lower: tree_sitter.Node, language: Language) -> bool:
    # Some grammars count the line break to the comment.
    gap = lower.start_point.row - upper.start_point.row
    single = upper.end_point.row - upper.start_point.row <= 1
    return (
        {upper.type, lower.type} <= language.comments
        and upper.start_point.column == lower.start_point.column
        and gap == 1
        and single
    )
