r"""Translates the globs of ignore files into regular expressions, with the semantics of git's wildmatch.

Why not GitIgnoreSpec of pathspec: it cannot tell a match of a file from a match of a folder above it, so
verdicts of nested ignore files come out wrong; one odd line (`a\`, `[z-a]`) makes it raise; and several
stars in one pattern make it backtrack for minutes, so a hostile .gitignore could stop the indexer.

Where git departs from its own documentation (`a**/b` matches across folders) the documentation is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STAR = "*"
_GLOBSTAR = "**"
_SLASH = "/"

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}

_CLASS = re.compile(r"\[:([^\]]*):\]")


class _MalformedGlobError(ValueError):
    """The glob is malformed; git lets it match nothing."""


def translate(glob: str) -> str | None:
    """The regular expression for `re.fullmatch` on a path; None if the glob matches nothing."""
    try:
        segments = _segments(glob)
    except _MalformedGlobError:
        return None
    return "(?s)" + _join(_chunks(segments))


def _tokens(glob: str) -> Iterator[str]:
    """Regular expressions of one character each, and the three marks above."""
    at = 0
    while at < len(glob):
        char = glob[at]
        if char == "*":
            end = len(glob) - len(glob[at:].lstrip("*"))
            alone = (at == 0 or glob[at - 1] == "/") and (end == len(glob) or glob[end] == "/")
            yield _GLOBSTAR if alone and end - at > 1 else _STAR
            at = end
        elif char == "[":
            regex, at = _bracket(glob, at + 1)
            yield regex
        elif char == "?":
            yield "[^/]"
            at += 1
        else:
            if char == "\\":
                at += 1
                if at == len(glob):
                    raise _MalformedGlobError
            yield _SLASH if glob[at] == "/" else re.escape(glob[at])
            at += 1


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """The set that starts behind the `[`, and where it ends. A set never matches a slash."""
    negated = glob[at : at + 1] in {"!", "^"}
    at += negated
    items: list[str] = []
    first = at
    while glob[at : at + 1] != "]" or at == first:
        item, at = _bracket_item(glob, at)
        items.append(item)
    inside = "".join(items)
    if negated:
        return f"[^/{inside}]", at + 1
    return (f"(?!/)[{inside}]" if inside else "(?!)"), at + 1


def _bracket_item(glob: str, at: int) -> tuple[str, int]:
    """One class, range or character of a set, and where it ends."""
    named = _CLASS.match(glob, at)
    if named:
        if named[1] not in _CLASSES:
            raise _MalformedGlobError
        return _CLASSES[named[1]], named.end()
    low, at = _bracket_char(glob, at)
    if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in {"", "]"}:
        high, at = _bracket_char(glob, at + 1)
        # git compares the first character by itself and then the range; a range that runs
        # backwards therefore still holds its first character.
        return (f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low)), at
    return re.escape(low), at


def _bracket_char(glob: str, at: int) -> tuple[str, int]:
    if glob[at : at + 1] == "\\":
        at += 1
    if at >= len(glob):
        raise _MalformedGlobError
    return glob[at], at + 1


def _segments(glob: str) -> list[str]:
    """A regular expression per path component, or the mark of any number of components."""
    segments: list[str] = []
    pieces = [""]
    for token in (*_tokens(glob), _SLASH):
        if token == _SLASH:
            if pieces == [""]:
                raise _MalformedGlobError
            segments.append(pieces[0] if len(pieces) == 1 else _starred(pieces))
            pieces = [""]
        elif token == _GLOBSTAR:
            pieces = [_GLOBSTAR]
        elif token == _STAR:
            pieces.append("")
        else:
            pieces[-1] += token
    return segments


def _starred(pieces: list[str]) -> str:
    """The pieces with stars between them.

    Every piece has a fixed length, so the leftmost place of a piece is always as good as a later one: the
    atomic groups say so and keep the match from backtracking through all combinations.
    """
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + "[^/]*" + last


def _chunks(segments: list[str]) -> list[list[str]]:
    """The runs of segments between the `**`."""
    chunks: list[list[str]] = [[]]
    for segment in segments:
        if segment == _GLOBSTAR:
            chunks.append([])
        else:
            chunks[-1].append(segment)
    return chunks


def _join(chunks: list[list[str]]) -> str:
    """The chunks with any number of folders between them, atomic for the same reason as the stars."""
    first, *rest = ["/".join(chunk) for chunk in chunks]
    if not rest:
        return first
    *middle, last = rest
    head = f"{first}/" if first else ""
    body = "".join(f"(?>(?:[^/]+/)*?{chunk}/)" for chunk in middle if chunk)
    return head + body + (f"(?:[^/]+/)*{last}" if last else ".+")
