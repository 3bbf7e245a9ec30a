"""Telling natural language, pseudocode, symbols and code apart."""

from __future__ import annotations

import re

from mindgap_indexer.types import Mode

_SYMBOL = re.compile(r"[\w$]+(?:(?:\.|::|->|#|/)[\w$]+)*[!?]?(?:\(\))?")
_IDENTIFIER_LIKE = re.compile(r"\w+_\w+|[a-z0-9]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|\w+(?:\.|::|->)\w+")
MAX_SYMBOL_WORDS = 4
MAX_LENGTH = 10_000
"""Characters that are looked at: enough to see what a text is."""

# Each is a sign of code as it is written in some language …
_CODE_SIGNS = (
    re.compile(r"[;{]\s*$", re.MULTILINE),
    re.compile(r"^\s*[}\])]+[;,]?\s*$", re.MULTILINE),
    re.compile(
        r"^\s*(?:async\s+)?(?:def \w+\(|class \w+[:({]|fn \w+|func \w*\(|function\b|import \w|from \w+ import"
        r"|#include|public |private |static |const \w+\s*=|let \w+\s*=|var \w+\s*=)",
        re.MULTILINE,
    ),
    re.compile(r"\w\((?:[^()\s]*|[^(),]*,[^()]*)\)\s*[;:{]?\s*$", re.MULTILINE),
    re.compile(r"=>|->\s*\w+\s*[:{]|&&|\|\||!=|\+\+|::"),
)
# … and each of these of pseudocode.
_PSEUDO_SIGNS = (
    re.compile(r"(?:←|<-|:=|->)"),
    re.compile(r"^\s*(?:[-*]\s*)?\w[\w.\[\]]*\s*[-+*/]?=\s*\S", re.MULTILINE),
    re.compile(
        r"^\s*(?:[-*]|\d+[.)])?\s*(?:for(?: each| every| all)?|foreach|while|repeat|until|loop|if|else|elif"
        r"|otherwise|return|yield|try|finally|function|procedure|algorithm|set|let|do|raise|swap|append|push|pop)\b",
        re.MULTILINE | re.IGNORECASE,
    ),
    re.compile(r"\b(?:then|end if|end for|end while|do)\s*:?\s*$", re.MULTILINE | re.IGNORECASE),
)


def classify(text: str) -> Mode:
    """How a query reads; never AUTO."""
    stripped = _squeezed(text)
    if _is_symbol(stripped):
        return Mode.SYMBOL
    lines = stripped.splitlines()
    code = sum(len(sign.findall(stripped)) for sign in _CODE_SIGNS)
    pseudo = sum(len(sign.findall(stripped)) for sign in _PSEUDO_SIGNS)
    if code >= max(2, pseudo, 0.6 * len(lines)):
        return Mode.CODE
    if pseudo >= 2 or (len(lines) >= 2 and pseudo + code >= 1):
        return Mode.PSEUDOCODE
    return Mode.NATURAL_LANGUAGE


def _squeezed(text: str) -> str:
    """The beginning of a text with no more blanks than tell its words and lines apart.

    Over a run of a thousand blanks the patterns above would try every way to share it among their parts.
    """
    lines = (" ".join(line.split()) for line in text[:MAX_LENGTH].splitlines())
    return "\n".join(line for line in lines if line)


def _is_symbol(text: str) -> bool:
    """One name, or a few words among which one can only be an identifier."""
    if _SYMBOL.fullmatch(text):
        return True
    tokens = text.split()
    return (
        "\n" not in text
        and 1 < len(tokens) <= MAX_SYMBOL_WORDS
        and all(_SYMBOL.fullmatch(token) for token in tokens)
        and any(_IDENTIFIER_LIKE.fullmatch(token) for token in tokens)
    )
