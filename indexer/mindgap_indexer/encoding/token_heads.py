"""The linear heads under which sub-words of questions and of units are compared one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.static_model import StaticTable
from mindgap_indexer.encoding.tensors import REINSTALL, Array, pack, unpack
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32


@dataclass(frozen=True, slots=True)
class TokenHeads:
    """From rows of a static table into the space of late interaction; words have no bias."""

    query: Float32
    """(d', d)"""
    units: Float32
    """(d', d)"""
    weights: Float32
    """(v,); how much each sub-word counts in a question, beside its rarity."""

    @classmethod
    def of_projection(cls, projection: Projection, table: StaticTable) -> TokenHeads:
        """The heads that whole texts have, where none were trained for single words."""
        if projection.kind == "identity":
            same = np.eye(projection.dimension, dtype=np.float32)
            return cls(same, same, table.query_weights)
        return cls(projection.query["weight"], projection.units["weight"], table.query_weights)

    @classmethod
    def from_bytes(cls, data: bytes, table: StaticTable, source: Path) -> TokenHeads:
        """What `to_bytes` wrote for a model with this table; ModelError when it is something else."""
        arrays = unpack(data, source)[0]
        size, width = table.rows.shape
        length = len(arrays["query"]) if "query" in arrays else 0
        shapes = {"query": (length, width), "units": (length, width), "weights": (size,)}
        found = {name: array.shape for name, array in arrays.items()}
        if found != shapes or any(array.dtype != np.float32 for array in arrays.values()):
            raise ModelError(f"{source} holds no heads for the words of this model. {REINSTALL}")
        return cls(arrays["query"], arrays["units"], arrays["weights"])

    def to_bytes(self) -> bytes:
        """As a safetensors file."""
        arrays: dict[str, Array] = {"query": self.query, "units": self.units, "weights": self.weights}
        return pack(arrays, {})

    def map_units(self, rows: Float32) -> Float32:
        """Rows of the table (n, d) on the side of units, (n, d'), at their length."""
        return rows @ self.units.T

    def turn_queries(self, rows: Float32) -> Float32:
        """Rows of the table (n, d) on the side of questions, turned back into the space of the table.

        Their product with a row is that of both in the shared space, where they have length 1.
        """
        return normalise(rows @ self.query.T) @ self.units
