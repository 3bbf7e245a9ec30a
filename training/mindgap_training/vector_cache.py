"""Vectors on disk by the hash of their text: float16 shards that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.tensors import pack, short_hash, unpack
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32
from mindgap_training.files import write_atomically

Key = bytes
"""16 bytes that name a text."""
_KEY_BYTES = 16


class VectorCache:
    """The vectors of one encoder. Each write adds a file, so a killed run loses only what it had not added.

    float16 moves a cosine by less than 0.001.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards: list[np.ndarray[tuple[int, int], np.dtype[np.float16]]] = []
        self._places: dict[Key, tuple[int, int]] = {}
        for path in sorted(folder.glob("*.safetensors")):
            self._read(path)

    def __contains__(self, key: Key) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, keys: Sequence[Key], vectors: Float32) -> None:
        """Keep vectors (n, d) under their keys, on disk at once."""
        table = np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), _KEY_BYTES)
        rows = vectors.astype(np.float16)
        name = f"{short_hash([table.tobytes()])}.safetensors"
        write_atomically(self._folder / name, pack({"keys": table, "vectors": rows}, {}))
        self._remember(keys, rows)

    def get(self, keys: Sequence[Key], dimension: int) -> Float32:
        """Vectors (n, dimension) of keys that are all there."""
        out = np.empty((len(keys), dimension), np.float32)
        for row, key in zip(out, keys, strict=True):
            shard, at = self._places[key]
            row[:] = self._shards[shard][at]
        return out

    def _read(self, path: Path) -> None:
        try:
            arrays, _ = unpack(path.read_bytes(), path)
            keys, rows = arrays["keys"], arrays["vectors"]
        except (OSError, KeyError, ModelError):
            # A cache may be lost at any time; what cannot be read is encoded again.
            path.unlink(missing_ok=True)
            return
        self._remember([key.tobytes() for key in keys], rows)

    def _remember(self, keys: Sequence[Key], rows: np.ndarray[tuple[int, int], np.dtype[np.float16]]) -> None:
        for at, key in enumerate(keys):
            self._places[key] = len(self._shards), at
        self._shards.append(rows)
