from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import pytest

from mindgap_server.wire import Json, camel, decode, default_of, encode


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    size: int = field(default=3, metadata={"minimum": 1, "maximum": 9})
    level: Literal["low", "high"] = "low"
    tags: tuple[str, ...] = ()
    note: str | None = None
    inner_part: Inner = Inner()


@dataclass(frozen=True, slots=True)
class Result:
    colour: Colour
    by_name: Mapping[str, float]
    items: tuple[Inner, ...]
    left_out: str | None = None


def test_names_become_camel_case() -> None:
    assert [camel(name) for name in ("path", "max_file_size")] == ["path", "maxFileSize"]


def test_encodes_what_results_are_made_of() -> None:
    result = Result(Colour.RED, {"snake_name": 0.5}, (Inner(False),))
    assert encode(result) == {"colour": "red", "byName": {"snake_name": 0.5}, "items": [{"isOn": False}]}


def test_decodes_all_kinds_of_fields() -> None:
    raw = {"name": "n", "size": 4.0, "level": "high", "tags": ["a", "b"], "innerPart": {"isOn": False}}
    decoded = decode(Outer, raw)
    assert decoded.value == Outer("n", 4, "high", ("a", "b"), None, Inner(False))
    assert isinstance(decoded.value.size, int)
    assert (decoded.problems, decoded.unknown) == ((), ())


def test_null_counts_as_absent() -> None:
    assert decode(Outer, {"name": "n", "size": None, "innerPart": None}).value == Outer("n")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({}, "`name` must be a text, not null"),
        ({"name": 5}, "`name` must be a text, not 5"),
        ({"name": "", "size": 0}, "`size` must be a whole number from 1 to 9, not 0"),
        ({"name": "", "size": True}, "`size` must be a whole number from 1 to 9, not true"),
        ({"name": "", "size": float("inf")}, "`size` must be a whole number from 1 to 9, not Infinity"),
        ({"name": "", "size": "4"}, '`size` must be a whole number from 1 to 9, not "4"'),
        ({"name": "", "level": "mid"}, '`level` must be one of "low", "high", not "mid"'),
        ({"name": "", "level": []}, '`level` must be one of "low", "high", not []'),
        ({"name": "", "tags": "a"}, '`tags` must be a list, not "a"'),
        ({"name": "", "tags": ["a", 1]}, '`tags` must be a list, each item a text, not ["a", 1]'),
        ({"name": "", "note": 1}, "`note` must be a text, not 1"),
        ({"name": "", "innerPart": {"isOn": 1}}, "`innerPart.isOn` must be true or false, not 1"),
        ({"name": "", "innerPart": 1}, "`innerPart` must be an object, not 1"),
    ],
)
def test_wrong_values_are_named(raw: Json, problem: str) -> None:
    assert [str(found) for found in decode(Outer, raw).problems] == [problem]


def test_a_wrong_value_leaves_the_default_and_the_others() -> None:
    decoded = decode(Outer, {"name": "n", "size": "x", "tags": ["a"]})
    assert decoded.value == Outer("n", tags=("a",))


def test_an_empty_object_of_lua_is_one() -> None:
    assert decode(Outer, {"name": "n", "innerPart": []}).value == Outer("n")
    assert decode(Inner, []).problems == ()


def test_what_is_no_object_at_all_is_a_problem() -> None:
    assert str(decode(Inner, [1]).problems[0]) == "`params` must be an object, not [1]"


def test_unknown_keys_are_told_by_path() -> None:
    assert decode(Outer, {"name": "", "x": 1, "innerPart": {"y": 1}}).unknown == ("x", "innerPart.y")


def test_defaults_are_found_by_path() -> None:
    @dataclass(frozen=True, slots=True)
    class Tree:
        top_level: int = 1
        below: Inner = Inner()

    assert [default_of(Tree, path) for path in ("topLevel", "below.isOn", "below")] == [
        1,
        True,
        {"isOn": True},
    ]
