"""What a client can set: one tree of options, each with a default that works.

They come as `initializationOptions` and as the section `mindgap` of the client's configuration; a setting
wins over an initialization option. Names are camelCase on the wire: `maxFileSize`, `search.limit`.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mindgap_server.protocol import MAX_LIMIT
from mindgap_server.wire import Json, decode, default_of

SECTION = "mindgap"
"""Name of the section in a client's configuration."""

LevelName = Literal["off", "error", "warning", "info", "debug"]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The group `search`."""

    limit: int = field(default=10, metadata={"minimum": 1, "maximum": MAX_LIMIT})
    """Most hits of a search that asks for no number."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """The group `watch`."""

    enabled: bool = True
    """Follow changes of files. Without it the index changes by `mindgap/reindex` only."""


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The group `log`."""

    level: LevelName = "info"
    """The least severe messages that are logged, to the client and to stderr."""


@dataclass(frozen=True, slots=True)
class IndexingOptions:
    """The group `index`."""

    on_startup: bool = True
    """Bring the index up to date when a folder is opened. Without it that waits for `mindgap/reindex`."""
    workers: int = field(default=0, metadata={"minimum": 0, "maximum": 64})
    """Processes that parse and encode when there is much to index; 0: one a processor, at most 4."""
    pause_on_battery: bool = True
    """The deep tier waits in the background while the machine runs on battery."""
    pause_under_load: bool = True
    """The deep tier waits in the background while the machine is busy with other things."""
    max_memory: int = field(default=700, metadata={"minimum": 1})
    """MB for a first index, all processes together: fewer workers keep below it, at the least one."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """All options."""

    exclude: tuple[str, ...] = ()
    """Patterns of files to leave out, as in .gitignore, beside the ignore files and the built-in ones."""
    max_file_size: int = field(default=1_048_576, metadata={"minimum": 1})
    """Larger files, in bytes, are left out."""
    deep_model: str | None = None
    """Hugging Face id or local folder of a sentence-transformers model; empty: instant tier alone."""
    deep_revision: str | None = None
    """Revision of the Hugging Face id."""
    search: SearchOptions = SearchOptions()
    """How searches are answered."""
    watch: WatchOptions = WatchOptions()
    """How changes are noticed."""
    log: LogOptions = LogOptions()
    """What the server writes to its log."""
    index: IndexingOptions = IndexingOptions()
    """When a folder is indexed."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options as a client gave them, and what was wrong with them."""

    options: ServerOptions
    """Complete; defaults where nothing usable was given."""
    warnings: tuple[str, ...]
    """One sentence a wrong value, for the person."""
    notes: tuple[str, ...]
    """One sentence an unknown key, for the log."""


def read_options(*sources: Json) -> ReadOptions:
    """Options from JSON objects; a later object wins over an earlier one, key by key."""
    merged: dict[str, Json] = {}
    warnings: list[str] = []
    for source in sources:
        if isinstance(source, Mapping):
            merged = _merge(merged, typing.cast("Mapping[str, Json]", source))
        elif source is not None and source != []:
            warnings.append(f"Mindgap: the options must be an object, not {source!r}; they are ignored.")
    decoded = decode(ServerOptions, merged)
    warnings += [
        f"Mindgap: the option {problem}; {_shown(default_of(ServerOptions, problem.path))} is used."
        for problem in decoded.problems
    ]
    notes = tuple(f"There is no option `{path}`; it is ignored." for path in decoded.unknown)
    return ReadOptions(decoded.value, tuple(warnings), notes)


def _merge(base: Mapping[str, Json], over: Mapping[str, Json]) -> dict[str, Json]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merge(
                typing.cast("Mapping[str, Json]", below), typing.cast("Mapping[str, Json]", value)
            )
        else:
            merged[key] = value
    return merged


def _shown(default: Json) -> str:
    return "no value" if default is None else f"the default {json.dumps(default)}"
