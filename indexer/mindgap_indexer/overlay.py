"""Unsaved text above the stored index: the units of open buffers answer in the place of those on disk."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mindgap_indexer import bm25
from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.memory import Trimmer
from mindgap_indexer.parsing import without_head
from mindgap_indexer.preparing import digest_of, prepare_file
from mindgap_indexer.ranking import ParsedQuery
from mindgap_indexer.store import PreparedUnit, StoredUnit, StoreReader
from mindgap_indexer.types import Float32, Passage, SourceFile
from mindgap_indexer.words import compact, forget_texts
from mindgap_indexer.workspace_rules import WorkspaceRules

NAME_SHARE = 0.5
"""A name that shares so many of a symbol's trigrams is a candidate."""


@dataclass(frozen=True, slots=True)
class OverlaidUnit:
    """A unit of unsaved text with what the store would know of it."""

    unit: StoredUnit
    """Its ids are below 0, so that they meet none of the store's."""
    content_hash: bytes
    counts: Mapping[str, int]
    """Weighted count of each term."""
    length: int
    compact_name: str
    vectors: Float32
    """One row (passages, d) of unit length for each passage."""
    sketch: bytes
    passage: Passage
    """Its beginning, for the cross-encoder."""

    def with_content(self, content_id: int | None) -> OverlaidUnit:
        """The same with the id of its content in the store, which may have a deep vector of it."""
        if content_id is None:
            return self
        return dataclasses.replace(self, unit=self.unit._replace(content_id=content_id))


@dataclass(frozen=True, slots=True)
class OverlaidFile:
    """A file as an editor holds it."""

    path: str
    data: bytes
    digest: bytes
    units: tuple[OverlaidUnit, ...]


Overlaid = Mapping[str, OverlaidFile]
"""Files by path, as they are at one moment."""

NOTHING: Overlaid = MappingProxyType({})


class Overlay:
    """The unsaved files of one workspace; safe to use from several threads."""

    def __init__(self, rules: WorkspaceRules, model: EmbeddingModel) -> None:
        self._rules = rules
        self._model = model
        self._files: Overlaid = NOTHING
        self._last_id = 0
        self._trimmer = Trimmer()
        self._parsing = threading.Lock()
        self._changing = threading.Lock()
        """Held for moments only: a file that is closed is gone at once, whatever is being parsed."""
        self._under_way: dict[str, object] = {}
        """The files that are being parsed, each with a token: one that is removed meanwhile is not wanted."""

    def put(self, path: str, data: bytes, reader: StoreReader) -> None:
        """Let this text stand in the place of the file, unless the store holds the same."""
        digest = digest_of(data)
        stored = reader.file(path)
        if stored is not None and stored.digest == digest:
            self.remove(path)
            return
        token = object()
        with self._changing:
            self._under_way[path] = token
        try:
            self._parse_and_publish(path, data, digest, token)
        finally:
            with self._changing:
                if self._under_way.get(path) is token:
                    del self._under_way[path]
        self._trimmer.note(len(data))

    def _parse_and_publish(self, path: str, data: bytes, digest: bytes, token: object) -> None:
        with self._parsing:
            known = self._files.get(path)
            if known is not None and known.digest == digest:
                return
            verdict = self._rules.judge_text(path, data)
            units = tuple(self._units(verdict, data)) if isinstance(verdict, SourceFile) else ()
            forget_texts()
            file = OverlaidFile(path, data, digest, units)
            with self._changing:
                if self._under_way.get(path) is token:
                    self._files = MappingProxyType({**self._files, path: file})

    def remove(self, path: str) -> None:
        """The file is again what it is on disk, also when its text is being parsed just now."""
        with self._changing:
            self._under_way.pop(path, None)
            if path in self._files:
                kept = {key: file for key, file in self._files.items() if key != path}
                self._files = MappingProxyType(kept)

    def snapshot(self, reader: StoreReader) -> Overlaid:
        """The files whose text is not (yet) what the store holds."""
        files = self._files
        if not files:
            return NOTHING
        stored = {path: reader.file(path) for path in files}
        return {
            path: file
            for path, file in files.items()
            if (known := stored[path]) is None or known.digest != file.digest
        }

    def _units(self, file: SourceFile, data: bytes) -> Iterator[OverlaidUnit]:
        prepared = prepare_file(file, data, self._model.tokens)
        flat = [passage for unit in prepared.units for passage in unit.passages]
        rows = iter(self._model.embed_units(flat)) if flat else iter(())
        for place, unit in enumerate(prepared.units):
            self._last_id -= 1
            yield OverlaidUnit(
                unit=_as_stored(unit, self._last_id, file.path, prepared.language),
                content_hash=unit.content_hash,
                counts=prepared.text.counts_of(place),
                length=int(prepared.text.lengths[place]),
                compact_name=compact(unit.unit.name),
                vectors=np.stack([next(rows) for _ in unit.passages]),
                sketch=unit.sketch,
                passage=without_head(unit.passages)[0],
            )


@dataclass(frozen=True, slots=True)
class LexicalScale:
    """What BM25 needs to know of the whole index."""

    weights: Mapping[str, float]
    """Inverse frequency of each term of the query."""
    average_length: float


def lexical_scores(units: Sequence[OverlaidUnit], scale: LexicalScale) -> dict[int, float]:
    """BM25 by unit id, of the units that hold a term of the query."""
    scores = {
        item.unit.id: bm25.score(item.counts, item.length, scale.weights, scale.average_length)
        for item in units
    }
    return {unit_id: score for unit_id, score in scores.items() if score > 0}


def named_alike(units: Sequence[OverlaidUnit], query: ParsedQuery) -> set[int]:
    """Ids of the units whose names share enough of a symbol's three-letter pieces."""
    if not query.trigrams:
        return set()
    least = NAME_SHARE * len(query.trigrams)
    return {
        item.unit.id
        for item in units
        if sum(trigram in item.compact_name for trigram in query.trigrams) >= least
    }


def cosines(units: Sequence[OverlaidUnit], query_vector: Float32) -> dict[int, float]:
    """Cosine of the best passage by content id."""
    if not units:
        return {}
    scores = np.concatenate([item.vectors for item in units]) @ query_vector
    starts = np.cumsum([0, *(len(item.vectors) for item in units[:-1])])
    best = np.maximum.reduceat(scores, starts)
    return {item.unit.content_id: float(score) for item, score in zip(units, best, strict=True)}


def _as_stored(prepared: PreparedUnit, own_id: int, path: str, language: str) -> StoredUnit:
    unit = prepared.unit
    return StoredUnit(
        id=own_id,
        content_id=own_id,
        path=path,
        language=language,
        kind=unit.kind,
        name=unit.name,
        qualname=unit.qualname,
        signature=unit.signature,
        start_byte=unit.start_byte,
        end_byte=unit.end_byte,
        name_start_byte=unit.name_start_byte,
        name_end_byte=unit.name_end_byte,
        start_line=unit.start_line,
        end_line=unit.end_line,
        name_line=unit.name_line,
    )
