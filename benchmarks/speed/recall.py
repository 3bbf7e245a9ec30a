"""How many of the nearest passages the search in two stages finds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks.speed.queries import QUERIES
from mindgap_indexer.encoding import load_default
from mindgap_indexer.paths import HOME_VARIABLE, index_folder
from mindgap_indexer.store import Allowed, Store
from mindgap_indexer.types import Float32, Tier

NEAREST = 50


def measure_recall(root: Path, home: Path) -> float:
    """Share of the best fifty contents, by exact cosines over all of them, that a search answers."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(home)
    try:
        folder = index_folder(root)
    finally:
        os.environ.pop(HOME_VARIABLE)
        os.environ.update({} if before is None else {HOME_VARIABLE: before})
    vectors = load_default().embed_queries(QUERIES)
    with Store(folder) as store:
        reader = store.reader()
        held = reader.vectors(Tier.INSTANT)
        ids = reader.content_ids(held)
        owners = np.array([ids[key] for key, passages in held.items() for _ in passages])
        rows = np.frombuffer(b"".join(data for passages in held.values() for data in passages), np.int8)
        shares = [
            len(_nearest(rows.reshape(len(owners), -1), owners, vector) & set(found)) / NEAREST
            for vector in vectors
            for found in [reader.search_vectors(Tier.INSTANT, vector, NEAREST, Allowed())]
        ]
    return float(np.mean(shares))


def _nearest(
    rows: np.typing.NDArray[np.int8], owners: np.typing.NDArray[np.int64], query: Float32
) -> set[int]:
    floats = rows.astype(np.float32)
    cosines = (floats @ query) / np.maximum(np.linalg.norm(floats, axis=1), 1e-6)
    best: dict[int, None] = {}
    for place in np.argsort(-cosines, kind="stable"):
        best.setdefault(int(owners[place]))
        if len(best) == NEAREST:
            break
    return set(best)
