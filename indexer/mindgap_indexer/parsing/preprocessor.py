"""Blanking what only a preprocessor could make sense of in C and C++, so that a grammar can read the rest.

Every byte keeps its place: what goes becomes spaces, and line breaks stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"""
    /\*.*?\*/ | //[^\n]*
    | R"(?P<raw>[^()\\\s]{0,16})\(.*?\)(?P=raw)"
    | "(?:\\.|[^"\\\n])*"
    | '(?:\\.|[^'\\\n]){1,8}'
    | \#[ \t]*(?P<directive>\w*)(?:\\\r?\n|/\*.*?\*/|[^\n])*
    | [(){}]
    """,
    re.VERBOSE | re.DOTALL,
)
# Code that a conditional must not follow: inside an expression, a list or the initialisers of a constructor.
_UNFINISHED = re.compile(rb"(?:[,=|&+?]|\)\s*:)\s*\Z")
_LONG_MACRO = re.compile(rb"^[ \t]*\#[ \t]*define\b(?:[^\n]*\\\r?\n)+[^\n]*", re.MULTILINE)
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_ARGUMENTS = rb"\((?:[^(){};\n]|\([^(){};\n]*\))*\)"
_MACRO = re.compile(
    rb"""
    # Between `class` and the class's name: `class FMT_API buffer {`.
    \b(?:class|struct|union|enum)[ \t]+(?:\[\[[^\]\n]*\]\][ \t]+)?
        (?P<class>[A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)
        (?=[ \t]+\w+\s*(?:final\s*)?[:{;<])
    # Before a type and a name: `UV_EXTERN int uv_run(...)`.
    | ^[ \t]*(?:(?:static|extern|inline|virtual|explicit)[ \t]+)*
        (?P<export>[A-Z][A-Z0-9_]{2,})
        (?=[ \t]+(?:(?:[\w:<>,]+[ \t*&]+)+[\w:~]+|[\w<>, \t]+::[~\w]+)[ \t]*\()
    # Anywhere before a declaration: `static FMT_CONSTEXPR basic_string_view(...)`.
    | \b(?P<inline>[A-Z][A-Z0-9]*_[A-Z0-9_]*(?:CONSTEXPR|CONSTEVAL|INLINE|EXPORT|API|NODISCARD)[A-Z0-9_]*)
        (?=\s+[\w:~\[])
    # With numbers, before a name: `printflike(1, 2) log_debug(...)`.
    | [ \t](?P<numbered>(?!(?:if|while|for|switch|return|sizeof)\b)[A-Za-z_]\w*
        \([ ]?\d+[ ]?(?:,[ ]?\d+[ ]?)?\))(?=\s+[\w*])
    # Behind the parameters: `void close() SPDLOG_NOEXCEPT {`; in the next line only where that is indented.
    | (?:\)|\bconst|\boverride)
        (?P<behind>(?:(?:[ \t]+|[ \t]*\r?\n[ \t]+)[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:ARGUMENTS)?)+)(?=\s*[;{])
    # What Clang checks about locks.
    | \b(?P<lock>(?:ABSL_)?(?:(?:PT_)?GUARDED_BY|(?:EXCLUSIVE_|SHARED_)?LOCKS?_(?:REQUIRED|EXCLUDED))
        \([^()\n]*\))
    # Alone on a line: `FMT_BEGIN_NAMESPACE`, `static GIT_PATH_FUNC(git_path_shallow, "shallow")`.
    | ^[ \t]*(?P<line>(?:static[ \t]+)?[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:ARGUMENTS)?)[ \t]*\r?$
        (?=\s*(?:/[/*]|[\#}\[]|\w|\Z))
    # At the margin: `ABSL_INTERNAL_EXPECT_OP(Eq, ==);`.
    | ^(?P<margin>[A-Z][A-Z0-9]*_[A-Z0-9_]+ARGUMENTS;)
    """.replace(b"ARGUMENTS", _ARGUMENTS),
    re.VERBOSE | re.MULTILINE,
)
_PREFIXES = frozenset({"export", "inline", "numbered"})
"""Groups of `_MACRO` that stand before a declaration and belong to it."""
_VISIBLE = re.compile(rb"[^\r\n]")

Span = tuple[int, int]
"""First byte of a range, and the first behind it."""
_Place = tuple[int, int]
"""How many braces, and how many parentheses within the last of them, are open."""


def blank_preprocessor(data: bytes) -> tuple[bytes, list[Span]]:
    """The same code without what tears it apart or hides a declaration.

    Also tells which of the ranges that are blank now stand before the declaration that they belong to.
    """
    spans = [*_torn_conditionals(data), *_comments_in_macros(data)] if b"#" in data else []
    prefixes: list[Span] = []
    for match in _MACRO.finditer(data):
        span = match.span(match.lastgroup or 0)
        spans.append(span)
        if match.lastgroup in _PREFIXES:
            prefixes.append(span)
    if not spans:
        return data, prefixes
    blanked = bytearray(data)
    for start, end in spans:
        blanked[start:end] = _VISIBLE.sub(b" ", data[start:end])
    return bytes(blanked), prefixes


def _comments_in_macros(data: bytes) -> Iterator[Span]:
    """The grammars take a comment for the end of the macro that it stands in."""
    for macro in _LONG_MACRO.finditer(data):
        for comment in _COMMENT.finditer(data, macro.start(), macro.end()):
            yield comment.span()


@dataclass(slots=True)
class _Conditional:
    """An `#if` that is still open."""

    before: _Place
    is_torn: bool
    """A branch opens or closes something that it does not close or open itself."""
    directives: list[Span]
    lowest: int
    """The fewest braces open at any place of this branch."""
    behind: _Place | None = None
    """Where the first branch ends."""

    def end_branch(self, directive: Span, place: _Place) -> None:
        """A branch ends at `place`, before `directive`."""
        self.directives.append(directive)
        self.is_torn |= place != self.before or self.lowest < self.before[0]
        self.behind = self.behind or place
        self.lowest = self.before[0]


def _torn_conditionals(data: bytes) -> Iterator[Span]:
    """The directives, and all branches but the first, of conditionals that brackets do not fit into."""
    place: _Place = (0, 0)
    stack: list[_Conditional] = []
    for match in _TOKEN.finditer(data):
        directive: bytes | None = match["directive"]
        if directive is None:
            place = _moved(place, match[0])
            if stack:
                stack[-1].lowest = min(stack[-1].lowest, place[0])
        elif directive in (b"if", b"ifdef", b"ifndef"):
            unfinished = _UNFINISHED.search(data, max(match.start() - 100, 0), match.start())
            is_torn = place[1] > 0 or unfinished is not None
            stack.append(_Conditional(place, is_torn, [match.span()], lowest=place[0]))
        elif stack and directive in (b"else", b"elif", b"elifdef", b"elifndef"):
            stack[-1].end_branch(match.span(), place)
            place = stack[-1].before
        elif stack and directive == b"endif":
            closed = stack.pop()
            closed.end_branch(match.span(), place)
            place = closed.before
            if closed.is_torn:
                place = closed.behind or place
                yield closed.directives[0]
                yield closed.directives[1][0], closed.directives[-1][1]
            if stack:
                stack[-1].lowest = min(stack[-1].lowest, place[0])


def _moved(place: _Place, token: bytes) -> _Place:
    """The place behind a token; parentheses count anew in each pair of braces."""
    braces, parentheses = place
    if token == b"(":
        return braces, parentheses + 1
    if token == b")":
        return braces, max(parentheses - 1, 0)
    if token == b"{":
        return braces + 1, 0
    if token == b"}":
        return braces - 1, 0
    return place
