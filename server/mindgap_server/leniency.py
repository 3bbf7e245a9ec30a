"""What can be read of a client's `initialize`: a value that does not fit costs itself, not all the others.

Clients are newer than this server, or careless; and what they want is in the rest: folders and options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from mindgap_server.framing import Json

Reads = Callable[[Json], bool]
"""Whether the protocol has a place for a value."""


@dataclass(frozen=True, slots=True)
class Readable:
    """Params without what cannot be read."""

    params: dict[str, Json]
    left_out: tuple[str, ...]
    """Where it stood: `trace`, `workspaceFolders[1]`."""


class _Nothing:
    """Stands for a value of which nothing can be read."""


_NOTHING: Final = _Nothing()


def readable(params: Mapping[str, Json], reads: Reads) -> Readable:
    """Params of which `reads` takes every part; it must take empty objects."""
    given = {key: _named(item) if key == "workspaceFolders" else item for key, item in params.items()}
    left_out: list[str] = []
    kept = _kept(given, reads, "", left_out)
    return Readable(cast("dict[str, Json]", kept) if isinstance(kept, dict) else {}, tuple(left_out))


def _named(folders: Json) -> Json:
    """Folders that have no name get an empty one: the path has a name too."""
    given = cast("list[Json]", folders)
    if not isinstance(folders, list):
        return folders
    return [
        {**cast("dict[str, Json]", folder), "name": ""}
        if isinstance(folder, dict) and not isinstance(cast("dict[str, Json]", folder).get("name"), str)
        else folder
        for folder in given
    ]


def _kept(value: Json, reads: Reads, path: str, left_out: list[str]) -> Json | _Nothing:
    """What can be read of a value: parts are tried one by one where the whole does not fit."""
    if reads(value):
        return value
    kept: Json = _NOTHING
    elements = cast("list[Json]", value)
    if isinstance(value, dict) and reads({}):
        parts = {
            key: _kept(item, _inside(reads, key), f"{path}.{key}" if path else key, left_out)
            for key, item in cast("dict[str, Json]", value).items()
        }
        kept = {key: part for key, part in parts.items() if part is not _NOTHING}
    elif isinstance(value, list) and reads([]):
        items = (
            _kept(item, lambda item: reads([item]), f"{path}[{place}]", left_out)
            for place, item in enumerate(elements)
        )
        kept = [item for item in items if item is not _NOTHING]
    if kept is not _NOTHING and reads(kept):
        return kept
    left_out.append(path)
    return _NOTHING


def _inside(reads: Reads, key: str) -> Reads:
    return lambda item: reads({key: item})
