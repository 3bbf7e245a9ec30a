"""What stands at a place of a file: the unit around it, a unit seen before, the comment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import tree_sitter

from mindgap_indexer import guard
from mindgap_indexer.languages import Language, detect, detect_by_content, load_grammar
from mindgap_indexer.parsing.prose import clean_comments
from mindgap_indexer.parsing.text import with_line_end
from mindgap_indexer.types import CALLABLE, Kind, Unit

_WITHOUT_NAME = frozenset({Kind.MODULE, Kind.BLOCK})


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, or several one below the other."""

    text: str
    """Its prose, without comment marks."""
    start_byte: int
    end_byte: int


def units_of(data: bytes, path: str) -> tuple[Unit, ...]:
    """The units of a text; none when its language is unknown."""
    language = detect(path)
    return guard.parse(data, language, PurePosixPath(path).stem).units if language else ()


def unit_around(units: Iterable[Unit], start: int, end: int) -> Unit | None:
    """The smallest unit that holds these bytes: a function if there is one, else whatever has a name."""
    holding = [unit for unit in units if unit.start_byte <= start and end <= unit.end_byte]
    holding.sort(key=lambda unit: (unit.kind in _WITHOUT_NAME, unit.end_byte - unit.start_byte))
    return next((unit for unit in holding if unit.kind in CALLABLE), holding[0] if holding else None)


def unit_again(units: Iterable[Unit], qualname: str, kind: Kind, line: int) -> Unit | None:
    """The unit of this name and kind that is nearest to a line (from 1), where it stood before."""
    namesakes = [unit for unit in units if (unit.qualname, unit.kind) == (qualname, kind)]
    return min(namesakes, key=lambda unit: abs(unit.name_line - line), default=None)


def comment_at(data: bytes, path: str, byte: int) -> Comment | None:
    """The comment at a byte with its neighbours in the lines above and below; None in code."""
    language = detect(path)
    grammar = load_grammar(detect_by_content(language, data)) if language else None
    if language is None or grammar is None:
        return None
    # Once more here, where it cannot be ended, only if it came to an end there.
    if guard.parse(data, language, "").hangs:
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
