"""Code of others as a yardstick: how near any question comes to code that was not written for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.tensors import REINSTALL, Array, pack, unpack
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Int8

_BEST = 0.01
_SCALE = 127


@dataclass(frozen=True, slots=True)
class Background:
    """Vectors of units from many packages, in the space of the model that they belong to."""

    rows: Int8
    """(n, d), unit rows times 127."""

    @classmethod
    def of(cls, vectors: Float32) -> Background:
        """From unit rows (n, d)."""
        return cls(np.round(vectors * _SCALE).astype(np.int8))

    @classmethod
    def from_bytes(cls, data: bytes, source: Path) -> Background:
        """What `to_bytes` wrote; ModelError when it is something else."""
        rows = unpack(data, source)[0].get("rows")
        if rows is None or rows.ndim != 2 or rows.dtype != np.int8 or not len(rows):
            raise ModelError(f"{source} holds no background vectors. {REINSTALL}")
        return cls(rows)

    def to_bytes(self) -> bytes:
        """As a safetensors file."""
        arrays: dict[str, Array] = {"rows": self.rows}
        return pack(arrays, {})

    def usual_cosine(self, query: Float32) -> float:
        """The cosine with a query vector (d,) that the nearest hundredth of the background reaches."""
        cosines = self.rows.astype(np.float32) @ query / _SCALE
        place = len(cosines) - 1 - int(len(cosines) * _BEST)
        return float(np.partition(cosines, place)[place])
