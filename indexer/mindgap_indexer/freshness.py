"""Checking hits against the live text, so that no answer points to lines that have moved or gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from mindgap_indexer import guard
from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.languages import by_name
from mindgap_indexer.overlay import Overlaid
from mindgap_indexer.preparing import digest_of
from mindgap_indexer.store import StoredFile, StoredUnit, StoreReader
from mindgap_indexer.types import SourceFile, Unit
from mindgap_indexer.workspace_rules import WorkspaceRules

OpenBuffers = Callable[[str], bytes | None]
"""The unsaved text of a file that an editor holds open; None for a file that is as on disk."""


MAX_PARSED = 128
"""Changed files whose units are remembered from search to search."""


class ParsedFiles:
    """The units of texts that are not indexed yet; safe to use from several threads.

    While much is being indexed, a search meets changed files on every side, and whoever types asks again and
    again: each is parsed once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str, str], tuple[Unit, ...]] = {}
        self._changing = threading.Lock()

    def units(self, data: bytes, language: str, stem: str) -> tuple[Unit, ...]:
        """The units of a text, without doc and body."""
        key = digest_of(data), language, stem
        with self._changing:
            found = self._known.pop(key, None)
        if found is None:
            parsed = guard.parse(data, by_name(language), stem)
            found = tuple(unit._replace(doc="", body="") for unit in parsed.units)
        with self._changing:
            self._known[key] = found
            if len(self._known) > MAX_PARSED:
                del self._known[next(iter(self._known))]  # the one that was used longest ago
        return found


class LiveFiles:
    """The files of a workspace as they are now, read at most once each."""

    def __init__(
        self,
        rules: WorkspaceRules,
        reader: StoreReader,
        overlaid: Overlaid,
        buffers: OpenBuffers,
        parsed: ParsedFiles,
    ) -> None:
        self._rules = rules
        self._reader = reader
        self._overlaid = overlaid
        self._buffers = buffers
        self._parsed = parsed
        self._stored: dict[str, StoredFile] = {}
        self._changed: dict[str, bytes | None] = {}
        self._units: dict[str, Sequence[Unit]] = {}

    def expect(self, paths: Iterable[str]) -> None:
        """Look these files up at once, because units of theirs are about to be located."""
        self._stored |= self._reader.files_at(paths)

    def locate(self, unit: StoredUnit) -> StoredUnit | None:
        """The unit where it stands now; None when it is gone."""
        if unit.path not in self._changed:
            self._changed[unit.path] = self._if_changed(unit.path)
        data = self._changed[unit.path]
        if data is None:
            return unit
        if unit.path not in self._units:
            stem = PurePosixPath(unit.path).stem
            self._units[unit.path] = self._parsed.units(data, unit.language, stem)
        namesakes = [u for u in self._units[unit.path] if (u.qualname, u.kind) == (unit.qualname, unit.kind)]
        if not namesakes:
            return None
        return _moved(unit, namesakes[min(self._position_among_namesakes(unit), len(namesakes) - 1)])

    def _position_among_namesakes(self, unit: StoredUnit) -> int:
        """The how manieth of its name in its file it was: overloads and branches keep their order."""
        file = self._overlaid.get(unit.path)
        stored = [item.unit for item in file.units] if file else self._reader.units_of_file(unit.path)
        namesakes = [u.id for u in stored if (u.qualname, u.kind) == (unit.qualname, unit.kind)]
        return namesakes.index(unit.id) if unit.id in namesakes else 0

    def _if_changed(self, path: str) -> bytes | None:
        """The text of a file that is no longer what was indexed, else None; b"" when it is gone."""
        data = self._buffers(path)
        if (file := self._overlaid.get(path)) is not None:
            return None if data is None or file.digest == digest_of(data) else data
        stored = self._stored.get(path) or self._reader.file(path)
        if data is None:
            if stored is not None and self._rules.is_as_seen(path, stored.size, stored.mtime_ns):
                return None
            if not isinstance(self._rules.judge(path), SourceFile):
                return b""
            try:
                data = self._rules.read(path)
            except WorkspaceError:
                return b""
        return None if stored is not None and stored.digest == digest_of(data) else data


def _moved(unit: StoredUnit, live: Unit) -> StoredUnit:
    return unit._replace(
        signature=live.signature,
        start_byte=live.start_byte,
        end_byte=live.end_byte,
        name_start_byte=live.name_start_byte,
        name_end_byte=live.name_end_byte,
        start_line=live.start_line,
        end_line=live.end_line,
        name_line=live.name_line,
    )
