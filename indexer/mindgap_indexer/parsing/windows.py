"""Units that are runs of lines: module-level code, and files without a grammar."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from mindgap_indexer.parsing.prose import clean_comments
from mindgap_indexer.parsing.text import SourceText
from mindgap_indexer.types import Kind, Unit

WINDOW_ROWS = 50
"""A run of lines longer than this is cut, at a blank line where there is one in its last third."""

_WORD = re.compile(r"[^\W_]+")
_CLOSERS = frozenset({"end", "endif", "fi", "done", "esac", "else", "php"})
"""Words that close (or, as `<?php`, open) what belongs to other units already."""
_LICENCE = re.compile(r"copyright|licen[cs]ed? |all rights reserved|spdx-license", re.IGNORECASE)
MAX_SIGNATURE = 120


def split_rows(source: SourceText, first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut rows [first, stop) into pieces [start, end) of at most WINDOW_ROWS."""
    while stop - first > WINDOW_ROWS:
        cut = first + WINDOW_ROWS
        for row in range(cut, first + WINDOW_ROWS * 2 // 3, -1):
            if source.is_blank_row(row):
                cut = row
                break
        yield first, cut
        first = cut
    if stop > first:
        yield first, stop


def make_window(
    source: SourceText,
    language: str,
    stem: str,
    kind: Kind,
    first: int,
    stop: int,
    comments: Sequence[tuple[int, int]] = (),
) -> Unit | None:
    """The unit of rows [first, stop), trimmed of blank rows; None when there is no word in it.

    `comments` are byte ranges in order: those that stand in the window become its doc, no licences.
    """
    while first < stop and source.is_blank_row(first):
        first += 1
    while stop > first and source.is_blank_row(stop - 1):
        stop -= 1
    if first == stop:
        return None
    start, end = source.row_start(first), source.row_end(stop - 1)
    code: list[str] = []
    docs: list[str] = []
    at = start
    inside = slice(bisect_left(comments, (start, 0)), bisect_left(comments, (end, 0)))
    for comment_start, comment_end in comments[inside]:
        code.append(source.text(at, comment_start))
        docs.append(source.text(comment_start, min(comment_end, end)))
        at = min(comment_end, end)
    code.append(source.text(at, end))
    body = "\n".join(line for line in "".join(code).splitlines() if line.strip())
    doc = clean_comments(docs)
    if _LICENCE.search(doc[:500]):
        doc = ""
    # A comment beside a closing word tells what that closes: `#endif  // SHOP_H`.
    says_nothing = not doc or (body and stop - first == 1)
    if says_nothing and all(word[0] in _CLOSERS for word in _WORD.finditer(body)):
        return None
    signature = next((line.strip() for line in (body or doc).splitlines() if _WORD.search(line)), "")
    return Unit(
        kind=kind,
        name=stem,
        qualname=stem,
        language=language,
        signature=signature[:MAX_SIGNATURE],
        doc=doc,
        body=body,
        start_byte=start,
        end_byte=end,
        name_start_byte=start,
        name_end_byte=start,
        start_line=first + 1,
        end_line=stop,
        name_line=first + 1,
        doc_start_line=first + 1,
    )


def window_units(source: SourceText, language: str, stem: str) -> Iterator[Unit]:
    """A whole file as windows of lines."""
    for start, stop in split_rows(source, 0, source.rows):
        unit = make_window(source, language, stem, Kind.BLOCK, start, stop)
        if unit is not None:
            yield unit
