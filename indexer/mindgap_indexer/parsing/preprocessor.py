"""Blanking what only a preprocessor could make sense of in C and C++, so that a grammar can read the rest.

Every byte keeps its place: what goes becomes spaces, and line breaks stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
_MACRO = re.compile(
    rb"""
    # Between `class` and the class's name: `class FMT_API buffer {`.
    \b(?:class|struct|union|enum)[ \t]+(?P<class>[A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)
        (?=[ \t]+\w+\s*(?:final\s*)?[:{;<])
    # Before a type and a name: `UV_EXTERN int uv_run(...)`.
    | ^[ \t]*(?:(?:static|extern|inline|virtual|explicit)[ \t]+)*
        (?P<export>[A-Z][A-Z0-9_]{2,})
        (?=[ \t]+(?:(?:[\w:<>,]+[ \t*&]+)+[\w:~]+|[\w<>, \t]+::[~\w]+)[ \t]*\()
    | \b(?P<inline>[A-Z][A-Z0-9]*_[A-Z0-9_]*(?:CONSTEXPR|CONSTEVAL|INLINE|EXPORT|API|NODISCARD)[A-Z0-9_]*)
        (?=\s+[\w:~\[])
    # Behind the parameters: `void close() SPDLOG_NOEXCEPT {`.
    | (?:\)|\bconst|\boverride)[ \t]+(?P<behind>[A-Z][A-Z0-9]*_[A-Z0-9_]+)(?=\s*[;{])
    # With a number, before a name: `printflike(1, 2) log_debug(...)`.
    | [ \t](?P<numbered>(?!(?:if|while|for|switch|return|sizeof)\b)[A-Za-z_]\w*\([ ]?\d+[ ]?(?:,[ ]?\d+[ ]?)?\))
        (?=\s+[\w*])
    # What Clang checks about locks, and Qt's sections of a class.
    | \b(?P<lock>(?:ABSL_)?(?:(?:PT_)?GUARDED_BY|(?:EXCLUSIVE_|SHARED_)?LOCKS?_(?:REQUIRED|EXCLUDED))\([^()\n]*\))
    | ^[ \t]*(?:public|private|protected)[ \t]+(?P<slots>slots|Q_SLOTS)(?=[ \t]*:)
    | ^[ \t]*(?P<signals>(?:signals|Q_SIGNALS)[ \t]*:)
    # Alone on a line: `FMT_BEGIN_NAMESPACE`, `static GIT_PATH_FUNC(git_path_shallow, "shallow")`.
    | ^[ \t]*(?P<line>(?:static[ \t]+)?[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:\((?:[^(){};\n]|\([^(){};\n]*\))*\))?)[ \t]*\r?$
        (?=\s*(?:/[/*]|[\#}\[]|\w|\Z))
    # At the margin: `ABSL_INTERNAL_EXPECT_OP(Eq, ==);`.
    | ^(?P<margin>[A-Z][A-Z0-9]*_[A-Z0-9_]+\((?:[^(){};\n]|\([^(){};\n]*\))*\);)
    """,
    re.VERBOSE | re.MULTILINE,
)
# Code that a conditional must not follow: inside an expression, a list or the initialisers of a constructor.
_UNFINISHED = re.compile(rb"(?:[,=|&+?]|\)\s*:)\s*\Z")
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_VISIBLE = re.compile(rb"[^\r\n]")

Span = tuple[int, int]
"""First byte of a range, and the first behind it."""


@dataclass(slots=True)
class _Conditional:
    """An `#if` that is still open; its positions count braces and parentheses."""

    before: tuple[int, int]
    is_torn: bool
    """A branch opens or closes something that it does not close or open itself."""
    directives: list[Span] = field(default_factory=list[Span])
    lowest: int = 0
    """The fewest braces open at any place of this branch."""
    behind_first: tuple[int, int] | None = None

    def end_branch(self, place: tuple[int, int]) -> None:
        """The branch that began at `before` ends at `place`."""
        self.is_torn |= place != self.before or self.lowest < self.before[0]
        self.behind_first = self.behind_first or place
        self.lowest = self.before[0]


def blank_preprocessor(data: bytes) -> tuple[bytes, list[Span]]:
    """The same code without what tears it apart or hides a declaration.

    Also tells which of the ranges that are blank now stand before the declaration that they belong to.
    """
    spans = list(_unreadable(data)) if b"#" in data else []
    prefixes: list[Span] = []
    for match in _MACRO.finditer(data):
        span = match.span(match.lastgroup or 0)
        spans.append(span)
        if match.lastgroup in ("export", "inline", "numbered"):
            prefixes.append(span)
    if not spans:
        return data, prefixes
    blanked = bytearray(data)
    for start, end in spans:
        blanked[start:end] = _VISIBLE.sub(b" ", data[start:end])
    return bytes(blanked), prefixes


def _unreadable(data: bytes) -> Iterator[Span]:
    """The directives and all but the first branches of torn conditionals; comments in long macros."""
    braces = parentheses = 0
    stack: list[_Conditional] = []
    for match in _TOKEN.finditer(data):
        token = match[0]
        if token in (b"(", b")"):
            parentheses = max(parentheses + (1 if token == b"(" else -1), 0)
        elif token in (b"{", b"}"):
            braces += 1 if token == b"{" else -1
            parentheses = 0
            if stack:
                stack[-1].lowest = min(stack[-1].lowest, braces)
        elif match["directive"] == b"define":
            # The grammars take a comment for the end of the macro.
            if b"\\\n" in token or b"\\\r\n" in token:
                for comment in _COMMENT.finditer(data, match.start(), match.end()):
                    yield comment.span()
        elif directive := match["directive"]:
            if directive in (b"if", b"ifdef", b"ifndef"):
                within = parentheses > 0 or _UNFINISHED.search(data, max(match.start() - 100, 0), match.start())
                stack.append(_Conditional((braces, parentheses), bool(within), [match.span()], braces))
            elif stack and directive in (b"else", b"elif", b"elifdef", b"elifndef", b"endif"):
                top = stack[-1]
                top.end_branch((braces, parentheses))
                top.directives.append(match.span())
                braces, parentheses = top.before
                if directive == b"endif":
                    stack.pop()
                    if top.is_torn and top.behind_first:
                        braces, parentheses = top.behind_first
                        yield top.directives[0]
                        yield top.directives[1][0], top.directives[-1][1]
                    if stack:
                        stack[-1].lowest = min(stack[-1].lowest, top.lowest, braces)
