"""Changing nested settings by dotted name, from a manifest or a command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from mindgap_training.errors import TrainingError

Settings = TypeVar("Settings")


def override(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """Settings (a dataclass of dataclasses) with some values changed: {"loop.loss.margin": 0.1}."""
    for name, value in changes.items():
        settings = _change(settings, name.split("."), value, name)
    return settings


def parse_assignments(assignments: list[str]) -> dict[str, object]:
    """Settings as a command line gives them: ["loop.steps=500"]; values are read as TOML, else as text."""
    import tomllib

    parsed: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise TrainingError(f"“{assignment}” changes no setting. Write it as name=value.")
        try:
            parsed[name.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            parsed[name.strip()] = text.strip()
    return parsed


def _change(settings: Settings, names: list[str], value: object, whole: str) -> Settings:
    fields = {field.name for field in dataclasses.fields(cast("Any", settings))}
    if names[0] not in fields:
        known = ", ".join(sorted(fields))
        raise TrainingError(f"There is no setting “{whole}”. Known here: {known}.")
    before = getattr(settings, names[0])
    if len(names) > 1 and dataclasses.is_dataclass(before):
        changed: object = _change(before, names[1:], value, whole)
    else:
        changed = _like(before, value, whole)
    replaced: Settings = cast("Any", dataclasses).replace(settings, **{names[0]: changed})
    return replaced


def _like(before: object, value: object, name: str) -> object:
    """A value of the same type as the one before; lists become tuples, whole numbers floats."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match before:
        case tuple() if isinstance(value, list):
            return tuple(cast("list[object]", value))
        case Mapping() if isinstance(value, dict):
            return cast("dict[str, object]", value)
        case float() if is_number:
            return float(cast("float", value))
        case bool() | str() if type(value) is type(before):
            return value
        case int() if is_number and isinstance(value, int) and not isinstance(before, bool):
            return value
        case _:
            raise TrainingError(
                f"The setting “{name}” takes values like {before!r}, not {value!r}. Correct it and try again."
            )
