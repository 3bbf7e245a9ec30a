"""Hard negatives: wrong answers that the base finds most similar to a question."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mindgap_indexer.types import Float32

Ids = npt.NDArray[np.int64]
BLOCK = 1_024
"""Questions compared at once: bounds the memory, not the result."""


def mine_hard_negatives(queries: Float32, codes: Float32, code_ids: Ids, count: int, skip: int = 0) -> Ids:
    """For each question (n, d) the `count` most similar wrong ones of `codes` (n, d), as rows (n, count).

    Question i belongs to answer i; answers with equal `code_ids` (n,) are the same text and never negatives
    of each other. `skip` leaves out the most similar ones, which are often right and merely not annotated.
    """
    wanted = min(count, max(len(codes) - 1, 0))
    found = np.empty((len(queries), wanted), np.int64)
    if not wanted:
        return found
    for at in range(0, len(queries), BLOCK):
        block = slice(at, at + BLOCK)
        scores = queries[block] @ codes.T
        scores[code_ids[block, None] == code_ids[None, :]] = -np.inf
        # A small set has fewer wrong answers than are to be skipped.
        first = min(skip, len(codes) - 1 - wanted)
        found[block] = np.argsort(-scores, axis=1, kind="stable")[:, first : first + wanted]
    return found


def number_texts(texts: list[str]) -> Ids:
    """One number per distinct text: (n,)."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
