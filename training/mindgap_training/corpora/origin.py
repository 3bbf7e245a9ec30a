"""Where a question came from: out of the comment of the unit that answers it, or from somebody who asks."""

from __future__ import annotations

from mindgap_indexer.words import words

_FROM_DOC = 0.7
"""A question that shares so many of its words with the unit's comment was made from it."""


def is_from_doc(query: str, doc: str) -> bool:
    """Whether a question was made from a comment, in which it would find itself."""
    asked, said = set(words(query)), set(words(doc))
    return bool(asked) and len(asked & said) >= _FROM_DOC * len(asked)
