"""What every encoder offers, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mindgap_indexer.types import Float32, Passage


class Encoder(Protocol):
    """Gives code and questions vectors that a projection can bring into one space."""

    @property
    def fingerprint(self) -> str:
        """Short hex name of everything the vectors depend on: weights, tokeniser, recipe."""
        ...

    @property
    def dimension(self) -> int:
        """Width of the base embeddings."""
        ...

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension); rows have length 1, or 0 where there is nothing to encode."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension); rows have length 1, or 0 where there is nothing to encode."""
        ...
