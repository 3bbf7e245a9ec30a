"""What a transformer reads of a unit or a query."""

from __future__ import annotations

from collections.abc import Sequence

from mindgap_indexer.types import Passage
from mindgap_indexer.words import words

RECIPE = 1
"""Raised when `passage_text` changes: other vectors must have another fingerprint."""

DOC_LINES = 3
"""Of a doc comment, what leaves room for the code."""

CHARS_PER_TOKEN = 12
"""Text beyond this many characters per token is cut before tokenising: it would not be seen anyway."""


def passage_text(passage: Passage) -> str:
    """What a transformer reads of a unit: the words of its name, what it says of itself, its code."""
    name = " ".join(words(passage.qualname))
    doc = " ".join(passage.doc.strip().split("\n\n")[0].splitlines()[:DOC_LINES])
    return f"{name}. {doc} {passage.signature} {passage.body}"


def readable(texts: Sequence[str], max_tokens: int) -> list[str]:
    """The texts as any tokeniser takes them, without what lies beyond `max_tokens` tokens for sure."""
    limit = max_tokens * CHARS_PER_TOKEN
    # A lone surrogate (from a broken escape in the source) has no UTF-8 and the tokeniser refuses it.
    return [text[:limit].encode("utf-8", "replace").decode("utf-8") for text in texts]
