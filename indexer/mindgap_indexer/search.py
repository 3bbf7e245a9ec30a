"""Answering a query from the store: candidates by words, names and vectors, then the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pathspec

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_indexer.errors import Cancelled, QueryError
from mindgap_indexer.languages import LANGUAGES
from mindgap_indexer.overlay import NOTHING, Overlaid
from mindgap_indexer.ranking import Candidate, Evidence, ParsedQuery, Ranked, parse_query, rank
from mindgap_indexer.retrieval import Unsaved, retrieve
from mindgap_indexer.store import Allowed, Store, StoredUnit, StoreReader
from mindgap_indexer.types import CancelCheck, Filters, Mode, Tier


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked unit of the store."""

    unit: StoredUnit
    ranked: Ranked


@dataclass(frozen=True, slots=True)
class Answer:
    """What the index says to a query, before it is checked against the live files."""

    query: ParsedQuery
    abstained: bool
    found: Sequence[Found]


class Searcher:
    """Answers queries from one store; safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        instant: EmbeddingModel,
        deep: EmbeddingModel | None = None,
        overlaid: Overlaid = NOTHING,
    ) -> None:
        self._store = store
        self._instant = instant
        self._deep = deep
        self._overlaid = overlaid

    def search(
        self,
        text: str,
        mode: Mode = Mode.AUTO,
        filters: Filters = Filters(),
        tier: Tier = Tier.AUTO,
        cancelled: CancelCheck = lambda: False,
    ) -> Answer:
        """All candidates from best to worst. Raises QueryError and Cancelled."""
        query = parse_query(text, mode)
        reader = self._store.reader()
        units, evidence = self._candidates(reader, query, filters, tier, cancelled)
        _check(cancelled)
        candidates = [
            Candidate(u.id, u.content_id, u.path, u.kind, u.name, u.qualname) for u in units.values()
        ]
        ranked, abstained = rank(query, candidates, evidence)
        return Answer(query, abstained, [Found(units[item.candidate.unit_id], item) for item in ranked])

    def _candidates(
        self,
        reader: StoreReader,
        query: ParsedQuery,
        filters: Filters,
        tier: Tier,
        cancelled: CancelCheck,
    ) -> tuple[Mapping[int, StoredUnit], Evidence]:
        allowed = _allowed(reader, filters)
        models = self._models(reader, tier)
        vectors = {name: model.embed_queries([query.text])[0] for name, model in models.items()}
        found = retrieve(reader, query, vectors, allowed, self._unsaved(filters), cancelled)
        _check(cancelled)
        evidence = Evidence(
            lexical=found.lexical,
            semantic=found.near.get(Tier.INSTANT, {}),
            deep=found.near.get(Tier.DEEP, {}),
            document_counts=reader.document_counts(query.terms),
            unit_count=reader.unit_count(),
        )
        return found.units, evidence

    def _unsaved(self, filters: Filters) -> Unsaved:
        matches = _path_filter(filters)
        units = (
            item
            for file in self._overlaid.values()
            if matches(file.path)
            for item in file.units
            if not filters.languages or item.unit.language in filters.languages
            if not filters.kinds or item.unit.kind in filters.kinds
        )
        return Unsaved(frozenset(self._overlaid), tuple(units))

    def _models(self, reader: StoreReader, tier: Tier) -> dict[Tier, EmbeddingModel]:
        """The models that answer, as far as the store holds their vectors."""
        models: dict[Tier, EmbeddingModel] = {}
        for name, model in ((Tier.INSTANT, self._instant), (Tier.DEEP, self._deep)):
            wanted = tier in (Tier.AUTO, name) or name is Tier.INSTANT
            if model is not None and wanted and reader.meta(f"fingerprint.{name}") == model.fingerprint:
                models[name] = model
        if tier is Tier.DEEP and Tier.DEEP not in models:
            raise QueryError(
                "There are no deep vectors in this index. "
                "Run `mindgap index --deep`, or search with --tier instant."
            )
        return models


def _check(cancelled: CancelCheck) -> None:
    if cancelled():
        raise Cancelled


def _allowed(reader: StoreReader, filters: Filters) -> Allowed:
    """Filters as file ids and kinds; QueryError for a language that does not exist."""
    known = {language.name for language in LANGUAGES}
    unknown = sorted(set(filters.languages) - known)
    if unknown:
        raise QueryError(f"Unknown language {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
    file_ids: tuple[int, ...] | None = None
    if filters.languages or filters.paths or filters.within is not None:
        matches = _path_filter(filters)
        file_ids = tuple(
            file.id
            for file in reader.files().values()
            if (not filters.languages or file.language in filters.languages) and matches(file.path)
        )
    return Allowed(file_ids, filters.kinds or None)


def _path_filter(filters: Filters) -> Callable[[str], bool]:
    globs = pathspec.GitIgnoreSpec.from_lines(filters.paths) if filters.paths else None
    within = filters.within

    def matches(path: str) -> bool:
        inside = within is None or any(_is_at_or_below(path, place) for place in within)
        return inside and (globs is None or globs.match_file(path))

    return matches


def _is_at_or_below(path: str, place: str) -> bool:
    return place == "" or path == place or path.startswith(f"{place}/")
