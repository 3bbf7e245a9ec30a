"""The index in memory at one generation: what words, names and vectors are looked up in."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mindgap_indexer import bm25
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.segment import COLUMNS, KINDS, Columns, Posting
from mindgap_indexer.store.segments import StoredSegment, read_segments
from mindgap_indexer.store.vectors import VectorMatrix
from mindgap_indexer.types import Float32, Kind, Tier

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which units may answer; None means all."""

    file_ids: tuple[int, ...] | None = None
    kinds: tuple[Kind, ...] | None = None
    hidden_files: tuple[int, ...] = ()
    """Files whose units may not answer."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which units of a view may answer."""

    rows: Mask
    contents: Mask | None
    """The same by content id; None: all, so that nobody need look."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Where a term occurs."""

    rows: Rows
    counts: Float32
    """Weighted count in each of the rows."""


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The rows of a matrix that belong to a generation."""

    matrix: VectorMatrix
    size: int
    evictions: int


@dataclass(frozen=True, slots=True)
class View:
    """Columns of all units by row, deleted ones included; postings are read as they are asked for."""

    generation: int
    segments: Sequence[StoredSegment]
    starts: Sequence[int]
    """First row of each segment."""
    unit: npt.NDArray[np.int32]
    content: npt.NDArray[np.int32]
    file: npt.NDArray[np.int32]
    kind: npt.NDArray[np.uint8]
    pieces: npt.NDArray[np.uint8]
    """Number of three-letter pieces of the name."""
    live: Mask
    documents: int
    average_length: float
    slack: Float32
    """The length term of BM25."""
    vectors: Mapping[Tier, _Vectors]

    def select(self, allowed: Allowed) -> Selection:
        """Which units may answer."""
        rows = self.live
        if allowed.file_ids is not None:
            rows = rows & np.isin(self.file, np.array(allowed.file_ids, np.int32))
        if allowed.kinds is not None:
            rows = rows & np.isin(self.kind, np.array([KINDS.index(k) for k in allowed.kinds], np.uint8))
        if allowed.hidden_files:
            rows = rows & ~np.isin(self.file, np.array(allowed.hidden_files, np.int32))
        highest = max((held.matrix.highest_content(held.size) for held in self.vectors.values()), default=0)
        contents = np.zeros(max(highest, int(self.content.max(initial=0))) + 1, bool)
        contents[self.content[rows]] = True
        return Selection(rows, None if contents[1:].all() else contents)  # ids start at 1

    def postings(self, database: Database, term: str) -> Postings | None:
        """Where a term occurs; None: nowhere."""
        query = "SELECT data FROM posting WHERE segment = ? AND term = ?"
        parts: list[tuple[int, Posting]] = []
        for segment, start in zip(self.segments, self.starts, strict=True):
            data = database.value(query, (segment.id, term))
            if data is not None:
                parts.append((start, Posting.unpack(data)))
        if not parts:
            return None
        rows = np.concatenate([posting.places + np.int64(start) for start, posting in parts])
        counts = np.concatenate([posting.counts for _, posting in parts])
        keep = self.live[rows]
        return Postings(rows[keep], counts[keep].astype(np.float32)) if keep.any() else None

    def search_text(self, found: Iterable[Postings], limit: int, selection: Selection) -> dict[int, float]:
        """Unit ids with their BM25, best first, of those that hold one of these terms."""
        scores = np.zeros(len(self.unit), np.float32)
        for item in found:
            idf = bm25.inverse_frequency(len(item.rows), self.documents)
            gain = np.float32(idf * bm25.GAIN)
            scores[item.rows] += gain * item.counts / (item.counts + self.slack[item.rows])
        return self._best(scores, limit, selection.rows)

    def search_names(
        self, found: Iterable[Postings], wanted: int, limit: int, selection: Selection
    ) -> dict[int, float]:
        """Unit ids with the likeness (Dice) of their names' pieces to `wanted` ones, best first."""
        shared = np.zeros(len(self.unit), np.float32)
        for item in found:
            shared[item.rows] += 1
        likeness: Float32 = 2 * shared / (wanted + self.pieces.astype(np.float32))
        return self._best(likeness, limit, selection.rows)

    def search_vectors(
        self, tier: Tier, query: Float32, limit: int, selection: Selection
    ) -> dict[int, float]:
        """Content ids with the cosine of their best passage, best first."""
        held = self.vectors.get(tier)
        if held is None:
            return {}
        return held.matrix.nearest(query, limit, selection.contents, held.size)

    def cosines(self, tier: Tier, contents: Iterable[int], query: Float32) -> dict[int, float]:
        """The cosine of the best passage of each of these contents, those without vectors left out."""
        held = self.vectors.get(tier)
        return {} if held is None else held.matrix.cosines(contents, query, held.size)

    def units_of_contents(self, contents: Iterable[int], selection: Selection) -> list[int]:
        """Ids of the units that have one of these contents and may answer."""
        wanted = np.zeros(int(self.content.max(initial=0)) + 1, bool)
        ids = np.fromiter(contents, np.int64)
        wanted[ids[ids < len(wanted)]] = True
        rows = np.flatnonzero(wanted[self.content])
        found: list[int] = self.unit[rows[selection.rows[rows]]].tolist()
        return found

    def contents_of(self, ids: Collection[int]) -> list[int]:
        """The content id of each of these units, which exist; segments hold units in ascending order."""
        rows = np.searchsorted(self.unit, np.fromiter(ids, np.int32, len(ids)))
        found: list[int] = self.content[rows].tolist()
        return found

    def _best(self, scores: Float32, limit: int, mask: Mask) -> dict[int, float]:
        rows = np.flatnonzero((scores > 0) & mask)
        if len(rows) > limit:
            # With those that are as good as the last: which of them came first is a matter of history, and
            # two indexes of the same files are to give the same answers. Not with thousands of them, though.
            least = np.partition(scores[rows], -limit)[-limit]
            rows = rows[scores[rows] >= least]
        # Equal scores in the order of the units, so that answers do not change from run to run.
        rows = rows[np.lexsort((rows, -scores[rows]))][: 2 * limit]
        return dict(zip(self.unit[rows].tolist(), scores[rows].tolist(), strict=True))


class ViewCache:
    """The newest view, shared by all threads that read."""

    def __init__(self) -> None:
        self._view = _combine(0, (), {})
        self._changing = threading.Lock()

    def get(self, database: Database) -> View:
        """The view of what this connection sees, inside a transaction of reading."""
        generation = _meta(database, "generation")
        view = self._view
        if view.generation == generation:
            return view
        with self._changing:
            if self._view.generation != generation:
                self._view = self._renewed(database, generation)
            return self._view

    def _renewed(self, database: Database, generation: int) -> View:
        """A view that takes over what did not change."""
        known = {(segment.id, segment.version): segment for segment in self._view.segments}
        segments = list(read_segments(database, known))
        vectors = {tier: self._vectors(database, tier) for tier in Tier.stored() if _is_bound(database, tier)}
        return _combine(generation, segments, vectors)

    def _vectors(self, database: Database, tier: Tier) -> _Vectors:
        evictions, held = _meta(database, "evictions"), self._view.vectors.get(tier)
        if held is None or held.evictions != evictions:
            held = _Vectors(VectorMatrix(tier, _meta(database, f"dimension.{tier}")), 0, evictions)
        held.matrix.refresh(database)
        return _Vectors(held.matrix, held.matrix.size, evictions)


def _combine(generation: int, segments: Sequence[StoredSegment], vectors: Mapping[Tier, _Vectors]) -> View:
    sizes = [len(segment.columns) for segment in segments]
    columns: Columns = np.concatenate([np.zeros(0, COLUMNS), *(segment.columns for segment in segments)])
    live = np.concatenate([np.zeros(0, bool), *(segment.live for segment in segments)])
    lengths = columns["length"].astype(np.float32)
    documents = int(live.sum())
    average = float(lengths[live].sum()) / documents if documents else 0.0
    return View(
        generation=generation,
        segments=segments,
        starts=np.cumsum([0, *sizes])[:-1].tolist(),
        unit=np.ascontiguousarray(columns["unit"]),
        content=np.ascontiguousarray(columns["content"]),
        file=np.ascontiguousarray(columns["file"]),
        kind=np.ascontiguousarray(columns["kind"]),
        pieces=np.ascontiguousarray(columns["name"]),
        live=live,
        documents=documents,
        average_length=average,
        slack=np.float32(bm25.K1) * (1 - bm25.B + bm25.B * lengths / np.float32(max(average, 1.0))),
        vectors=vectors,
    )


def _meta(database: Database, key: str) -> int:
    value = database.value("SELECT value FROM meta WHERE key = ?", (key,))
    return int(value or 0)


def _is_bound(database: Database, tier: Tier) -> bool:
    return _meta(database, f"dimension.{tier}") > 0
