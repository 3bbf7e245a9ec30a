"""Cutting the code that a syntax error hides from a grammar into pieces that can be parsed on their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import tree_sitter

from mindgap_indexer.parsing.text import SourceText


def torn_rows(root: tree_sitter.Node) -> Iterator[tuple[int, int]]:
    """The rows [first, stop) of the outermost errors in a tree that span several."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.is_error and node.end_point.row > node.start_point.row:
            yield node.start_point.row, node.end_point.row + 1
        elif node.has_error and not node.is_error:
            pending += node.children


def pieces(source: SourceText, first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut rows [first, stop) where, behind a blank row, the least indented code among them starts.

    That is what sets definitions apart in nearly all code, whether a grammar can read it or not. A less
    indented row, such as the closing brace of a class, ends a piece.
    """
    starts = [row for row in range(max(first, 1), stop) if source.is_blank_row(row - 1)]
    starts = [row for row in starts if not source.is_blank_row(row)]
    level = min(map(source.indentation, starts), default=0)
    heads = [row for row in starts if source.indentation(row) == level]
    for head, following in pairwise((*heads, stop)):
        end = head
        for row in range(head, following):
            if source.is_blank_row(row):
                continue
            if source.indentation(row) < level:
                break
            end = row + 1
        yield head, end


def torn_body(source: SourceText, start: int) -> tuple[int, int]:
    """Where the body of a class begins and ends that starts at a byte and that its grammar did not see whole.

    All rows below that are indented further are taken to be its own, with the brackets around them.
    """
    first = last = source.row_of(start)
    level = source.indentation(first)
    for row in range(first + 1, source.rows):
        if source.is_blank_row(row):
            continue
        sign = source.data[source.row_start(row) + source.indentation(row) :][:1]
        if source.indentation(row) <= level and sign not in (b"{", b")", b"}"):
            break
        last = row
        if source.indentation(row) <= level and sign == b"}":
            break
    brace = source.data.find(b"{", start, source.row_end(last))
    end = source.row_end(last)
    return (brace if brace >= 0 else source.row_end(first)), end


def row_range(source: SourceText, first: int, stop: int) -> tree_sitter.Range:
    """Rows [first, stop) as a parser takes them, with the last line end: see text.with_line_end."""
    end = max(source.row_end(stop - 1) + 1, source.row_start(stop))
    return tree_sitter.Range(
        tree_sitter.Point(first, 0), tree_sitter.Point(stop, 0), source.row_start(first), end
    )
