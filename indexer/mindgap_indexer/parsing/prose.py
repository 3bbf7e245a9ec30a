"""Turning comments and docstrings into prose."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

# Block comments and docstrings of all languages in the table: opening mark, closing mark.
_DOCSTRING = re.compile(r"""(?:~?[A-Za-z]{1,4})?(?:\"{3}|'{3})""")
_DOCSTRING_END = re.compile(r"""(?:\"{3}|'{3})\Z""")
_BLOCK = re.compile(r"/\*[*!]*<?|\{-+\s*[|^]?|--\[=*\[|<!--|#=(?!=)|=begin\b")
_BLOCK_END = re.compile(r"(?:(?<!\*)\*+/|(?<!-)-+\}|(?:--)?\]=*\]|-->|=#|\n=end)\Z")
_LINE = re.compile(r"^\s*(?://[/!<]*|#+[!:']?|--+\s*[|^]?|;+|%+|\*(?!\w*\*\w))[ \t]?")
# "text", ~s(text)
_STRING = re.compile(r"""(?:~[A-Za-z]["'(\[{<|/]|["'])(.*)["')\]}>|/]""", re.DOTALL)
# A line of a frame or a rule, and the right-hand side of a frame.
_RULE = re.compile(r"[\s\-=*#/~_+]+$")
_FRAME = re.compile(r"(?<!\s)\s{2,}[*#|/]+$|(?<![\s*#=~-])\s*[*#=~-]{4,}$")
# Lines for tools: an interpreter, an editor, a linter, a compiler.
_DIRECTIVE = re.compile(
    r"#!.*|.*-\*-.*-\*-.*|.*\b(?:vim?:|noqa\b|type: ignore|pylint:|pragma:? no|frozen_string_literal:|"
    r"rubocop:|shellcheck |luacheck:|eslint-|prettier-|@ts-|nolint|NOLINT|clang-format |swiftlint:|ktlint-|"
    r"credo:).*"
)
_PRAGMA = re.compile(r"\{-#.*#-\}", re.DOTALL)
# Elixir documents by module attributes, Rake and Thor by calls.
_ATTRIBUTE = re.compile(r"@(?:(?:module|type|short)?doc|spec)\s+")
_DESCRIPTION = re.compile(r"""desc\b(?=[\s(]*["'])""")
_QUOTED = re.compile(r"""(["'])(.*?)\1""", re.DOTALL)
# XML documentation (C#, some Java) and Javadoc: the words stay, the tags go.
_TAG = re.compile(
    r"</?(?:summary|param|typeparam|returns?|value|remarks|exception|example|inheritdoc|paramref|typeparamref|"
    r"para|see|seealso|code|c|p|b|i|ul|ol|li|pre|em|tt|br)\b"
    r"""(?:[^<>]*?(?:cref|name|langword)="(?:\w:)?([^"<>]*)")?[^<>]*>"""
)
_INLINE_TAG = re.compile(r"\{@\w+\s+([^{}]*)\}")


def clean_comments(comments: Iterable[str]) -> str:
    """The prose of several comments in a row: line comments are read as one text, blocks one by one."""
    texts: list[str] = []
    for is_block, group in groupby((comment.strip() for comment in comments), _is_block):
        parts = list(group)
        texts += parts if is_block else ["\n".join(parts)]
    return "\n".join(filter(None, map(clean_comment, texts)))


def clean_comment(text: str) -> str:
    """The prose of a comment or docstring: no comment marks, no frame, no common indentation."""
    text = text.strip()
    if _PRAGMA.fullmatch(text):
        return ""
    if _DESCRIPTION.match(text):
        return ": ".join(quoted[2] for quoted in _QUOTED.finditer(text))
    if attribute := _ATTRIBUTE.match(text):
        text = text[attribute.end() :]
    if opening := _DOCSTRING.match(text):
        return _tidy(_DOCSTRING_END.sub("", text[opening.end() :]).splitlines())
    if string := _STRING.fullmatch(text):
        return _tidy(string[1].splitlines())
    if attribute:
        return _tidy(text.splitlines())
    if opening := _BLOCK.match(text):
        text = _BLOCK_END.sub("", text[opening.end() :])
    lines = (line for line in text.splitlines() if not _DIRECTIVE.match(line))
    return _tidy([_FRAME.sub("", _LINE.sub("", line, count=1)) for line in lines])


def _is_block(text: str) -> bool:
    return _LINE.match(text) is None or _BLOCK.match(text) is not None


def _tidy(lines: list[str]) -> str:
    """Lines as one text: rules and tags dropped, common indentation removed, no run of blank lines."""
    kept = ["" if _RULE.match(line) else line.rstrip() for line in lines]
    text = _INLINE_TAG.sub(r"\1", _dedent(kept))
    text = _TAG.sub(lambda tag: f" {tag[1]} " if tag[1] else " ", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _dedent(lines: list[str]) -> str:
    """Like inspect.cleandoc: the first line counts apart, as it follows the opening mark."""
    if len(lines) < 2:
        return "".join(lines)
    return lines[0].lstrip() + "\n" + textwrap.dedent("\n".join(lines[1:]))


_SENTENCE_END = re.compile(r"(?<=[^.][.!?])\s+(?=[^a-z\s])|\n\s*\n|\n\s*[-@:*]")


@lru_cache(maxsize=256)  # full text, sketch and vector of a unit ask one after the other
def split_summary(doc: str) -> tuple[str, str]:
    """First sentence of a doc comment (or its first paragraph, list or tag left out), and the rest."""
    end = _SENTENCE_END.search(doc)
    return (doc, "") if end is None else (doc[: end.start()], doc[end.start() :].lstrip())
