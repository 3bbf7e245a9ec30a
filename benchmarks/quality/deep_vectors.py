"""Deep vectors kept between runs: they cost the most, and outlive every change of the instant model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from pathlib import Path

import apsw
import numpy as np

from mindgap_indexer.encoding import EmbeddingModel, Encoder
from mindgap_indexer.types import Float32, Passage


def keeping(model: EmbeddingModel, cache: Path) -> EmbeddingModel:
    """The same model, whose encoder encodes no passage twice."""
    return replace(model, encoder=KeepingEncoder(model.encoder, cache / "deep"))


class KeepingEncoder:
    """An encoder that looks into a file first; heads and everything else work on what it answers."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self._encoder = encoder
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = apsw.Connection(str(folder / f"{encoder.fingerprint}.sqlite"))
        self._kept.set_busy_timeout(60_000)
        self._kept.execute("PRAGMA journal_mode = WAL")
        self._kept.execute(
            "CREATE TABLE IF NOT EXISTS vector(passage BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
        )

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension), from the file where they are there."""
        keys = [_key(passage) for passage in passages]
        known = dict(self._read(keys))
        missing = {key: passage for key, passage in zip(keys, passages, strict=True) if key not in known}
        if missing:
            rows = self._encoder.encode_units(list(missing.values())).astype(np.float32)
            fresh = {key: row.tobytes() for key, row in zip(missing, rows, strict=True)}
            with self._kept:
                self._kept.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?)", fresh.items())
            known |= fresh
        joined = b"".join(known[key] for key in keys)
        return np.frombuffer(joined, np.float32).reshape(len(keys), self.dimension)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension); never kept, so that their cost stays in what is measured."""
        return self._encoder.encode_queries(texts)

    def _read(self, keys: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
        for key in keys:
            for (value,) in self._kept.execute("SELECT value FROM vector WHERE passage = ?", (key,)):
                yield key, value


def _key(passage: Passage) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in astuple(passage):
        data = str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "little") + data)
    return digest.digest()
