"""Turning comments and docstrings into prose."""

from __future__ import annotations

import re
import textwrap

# Opening marks of comments and docstrings of all languages in the table, longest first.
_OPEN = re.compile(r"""^\s*(?:/\*[*!]*|\{-+\s*\|?|--\[=*\[|<!--|\#=|[rRbBuUfF]{0,2}(?:\"{3}|'{3}))""")
_CLOSE = re.compile(r"""\s*(?:\**\*/|-\}|\]=*\]|-->|=\#|\"{3}|'{3})\s*$""")
_LINE = re.compile(r"^\s*(?:///?!?|//|#+!?(?=\s|$)|#(?=\w)|--+\s*[|^]?|;+|%+|\*(?!\w*\*\w))[ \t]?")
_QUOTED = re.compile(r"""^[rRbBuUfF]{0,2}(["'])(.*)\1$""", re.DOTALL)
_RULE = re.compile(r"^[\s\-=*#/~_+]+$")
# XML documentation (C#, some Java): the words stay, the tags go.
_TAG = re.compile(
    r"</?(?:summary|param|returns?|remarks|para|c|code|see|p|b|i|ul|li|pre|em|tt|br)\b[^<>]*>", re.I
)


def clean_comment(text: str) -> str:
    """The prose of a comment or docstring: no comment marks, no frame, no common indentation."""
    quoted = _QUOTED.match(text.strip())
    if quoted and not quoted[2].startswith(quoted[1]):
        return textwrap.dedent(quoted[2]).strip()
    is_docstring = '"""' in text[:6] or "'''" in text[:6]
    text = _CLOSE.sub("", _OPEN.sub("", text.strip(), count=1), count=1)
    lines = text.splitlines()
    if not is_docstring:
        lines = [_LINE.sub("", line) for line in lines]
    lines = ["" if _RULE.match(line) else line.rstrip() for line in lines]
    return _TAG.sub(" ", _dedent_all(lines)).strip()


def _dedent_all(lines: list[str]) -> str:
    """Like inspect.cleandoc: the first line counts apart, as it follows the opening mark."""
    if len(lines) < 2:
        return "".join(lines)
    return lines[0].lstrip() + "\n" + textwrap.dedent("\n".join(lines[1:]))
