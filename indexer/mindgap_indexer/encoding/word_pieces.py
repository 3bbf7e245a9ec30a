"""What transformers read: texts as word pieces, and the vectors that these begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.reading import readable
from mindgap_indexer.encoding.tensors import REINSTALL, pack, unpack
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Int8

Ids = npt.NDArray[np.int64]
"""The word pieces of one text, marks included, (t,)."""


@dataclass(frozen=True, slots=True)
class WordTable:
    """Vectors of word pieces: row times scale."""

    rows: Int8 | Float32
    """(v, d)"""
    scales: Float32
    """(v, 1)"""

    def to_bytes(self) -> bytes:
        """The contents of a file."""
        return pack({"rows": self.rows, "scales": self.scales}, {})

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> WordTable:
        """Raises ModelError when the file holds anything else."""
        arrays, _ = unpack(data, path)
        if arrays.keys() != {"rows", "scales"}:
            raise ModelError(f"{path} holds no vectors of word pieces. {REINSTALL}")
        return cls(arrays["rows"], arrays["scales"])

    def vectors(self, ids: Ids) -> Float32:
        """Vectors (t, d) of a text."""
        vectors: Float32 = self.rows[ids] * self.scales[ids]
        return vectors


class Tokeniser:
    """Cuts texts into word pieces; safe to use from several threads."""

    def __init__(self, description: str) -> None:
        """Take the JSON of the tokenizers library; raises ModelError when it is none."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_str(description)
        except Exception as error:  # the library raises bare exceptions
            raise ModelError(f"The model's tokenizer cannot be read ({error}). {REINSTALL}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def ids(self, texts: Sequence[str], most: int) -> list[Ids]:
        """At most so many word pieces of each text, the last of them the end mark."""
        # Not by enable_truncation: texts of several lengths may be cut on two threads at once.
        found = self._tokenizer.encode_batch(readable(texts, most))
        return [_cut(encoding.ids, most) for encoding in found]


def _cut(ids: Sequence[int], most: int) -> Ids:
    kept = ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
    return np.array(kept, np.int64)
