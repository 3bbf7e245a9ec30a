"""Dataclasses to JSON and back: camelCase on the wire, and every wrong value named."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

_PLAIN = {str, float, int, bool, type(None)}

T = TypeVar("T")
Json = Any
"""What `json.loads` answers; objects are dicts."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that could not be taken; the field keeps its default."""

    path: str
    """Where it stands, as it is written on the wire: `search.limit`."""
    expected: str
    got: Json

    def __str__(self) -> str:
        return f"`{self.path}` must be {self.expected}, not {json.dumps(self.got, default=str)}"


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """What was made of a JSON object."""

    value: T
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]
    """Paths of keys that no field has."""


class _WrongValueError(Exception):
    """Carries what was expected."""


def camel(name: str) -> str:
    """`max_file_size` -> `maxFileSize`."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@functools.cache
def _names(cls: Hashable) -> tuple[tuple[str, str], ...] | None:
    """The fields of a dataclass, as here and as on the wire; None of any other class."""
    if not dataclasses.is_dataclass(cls):
        return None
    return tuple((field.name, camel(field.name)) for field in dataclasses.fields(cls))


def encode(value: object) -> Json:
    """A dataclass, and what is in it, as JSON; fields that are None are left out."""
    if type(value) in _PLAIN:
        return value
    # A class is hashable, which its own type does not say.
    if (names := _names(typing.cast("Hashable", type(value)))) is not None:
        fields = ((name, getattr(value, field)) for field, name in names)
        # Most values are plain, and a call for each of the hundreds in an answer is most of the time.
        return {
            name: item if type(item) in _PLAIN else encode(item) for name, item in fields if item is not None
        }
    if isinstance(value, tuple | list):
        return [encode(item) for item in typing.cast("tuple[object, ...]", value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        mapping = typing.cast("Mapping[object, object]", value)
        return {str(key): item if type(item) in _PLAIN else encode(item) for key, item in mapping.items()}
    return value


def decode(cls: type[T], raw: Json) -> Decoded[T]:
    """A dataclass from JSON.

    Null counts as absent. A wrong value is reported and replaced by the field's default; a field without
    a default must be there.
    """
    problems: list[Problem] = []
    unknown: list[str] = []
    value = _decode_fields(cls, raw, "", problems, unknown)
    return Decoded(value, tuple(problems), tuple(unknown))


def default_of(cls: type[Any], path: str) -> Json:
    """The default of a field, given its path on the wire, as JSON."""
    value: Any = cls()
    for part in path.split("."):
        value = next(getattr(value, f.name) for f in dataclasses.fields(value) if camel(f.name) == part)
    return encode(value)


def _decode_fields(cls: type[Any], raw: Json, path: str, problems: list[Problem], unknown: list[str]) -> Json:
    # Lua cannot tell an empty object from an empty list.
    if raw is not None and raw != [] and not isinstance(raw, dict):
        problems.append(Problem(path or "params", "an object", raw))
    given: dict[str, Json] = typing.cast("dict[str, Json]", raw) if isinstance(raw, dict) else {}
    fields = _fields(typing.cast("Hashable", cls))
    unknown += [_join(path, key) for key in given if key not in fields]
    values: dict[str, Json] = {}
    for key, field in fields.items():
        item = given.get(key)
        if item is None and not field.is_required:
            continue
        here = _join(path, key)
        if field.inner is not None:
            values[field.name] = _decode_fields(field.inner, item, here, problems, unknown)
            continue
        try:
            values[field.name] = _decode_value(field.annotation, item, field.limits)
        except _WrongValueError as error:
            problems.append(Problem(here, str(error), item))
            if field.is_required:
                values[field.name] = None
    return cls(**values)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a dataclass, looked at once."""

    name: str
    annotation: object
    inner: type[Any] | None
    """The dataclass that the field holds."""
    limits: Mapping[str, Json]
    is_required: bool


@functools.cache
def _fields(cls: Hashable) -> Mapping[str, _Field]:
    """The fields of a dataclass, by their names on the wire."""
    own = typing.cast("type[Any]", cls)
    hints = typing.get_type_hints(own)
    return {
        camel(field.name): _Field(
            name=field.name,
            annotation=hints[field.name],
            inner=hints[field.name] if dataclasses.is_dataclass(hints[field.name]) else None,
            limits=field.metadata,
            is_required=field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(own)
    }


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _decode_value(annotation: object, raw: Json, limits: Mapping[str, Json]) -> Json:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (item for item in arguments if item is not types.NoneType)
        return _decode_value(inner, raw, limits)
    if origin is tuple:
        return _decode_list(arguments[0], raw)
    if origin is typing.Literal:
        if raw not in arguments:
            raise _WrongValueError("one of " + ", ".join(f'"{item}"' for item in arguments))
        return raw
    if annotation is int:
        return _decode_int(raw, limits)
    if annotation is bool and not isinstance(raw, bool):
        raise _WrongValueError("true or false")
    if annotation is str and not isinstance(raw, str):
        raise _WrongValueError("a text")
    return raw


def _decode_list(item: object, raw: Json) -> tuple[Json, ...]:
    elements = typing.cast("list[Json]", raw)
    if not isinstance(raw, list):
        raise _WrongValueError("a list")
    try:
        return tuple(_decode_value(item, element, {}) for element in elements)
    except _WrongValueError as error:
        raise _WrongValueError(f"a list, each item {error}") from None


def _decode_int(raw: Json, limits: Mapping[str, Json]) -> int:
    low, high = limits.get("minimum"), limits.get("maximum")
    # Lua and JavaScript know one kind of number: 10.0 is a whole one.
    whole = raw.is_integer() if isinstance(raw, float) else type(raw) is int
    if not whole or (low is not None and raw < low) or (high is not None and raw > high):
        raise _WrongValueError(f"a whole number{_range(low, high)}")
    return int(raw)


def _range(low: int | None, high: int | None) -> str:
    if low is None:
        return "" if high is None else f" up to {high}"
    return f" from {low}" if high is None else f" from {low} to {high}"
