from __future__ import annotations

import pytest

from mindgap_indexer.places import comment_at, unit_again, unit_around, units_of
from mindgap_indexer.types import Kind

CODE = b'''import os

LIMIT = 3


class Shop:
    """Sells."""

    def price(self):
        def tax():
            return 1
        return tax()

    name = "shop"
'''


def around(needle: bytes) -> str | None:
    at = CODE.index(needle)
    unit = unit_around(units_of(CODE, "shop.py"), at, at)
    return unit.qualname if unit else None


@pytest.mark.parametrize(
    ("needle", "expected"),
    [(b"return tax()", "Shop.price"), (b'name = "shop"', "Shop"), (b"LIMIT", "shop")],
)
def test_the_innermost_function_else_what_has_a_name(needle: bytes, expected: str) -> None:
    assert around(needle) == expected


def test_a_script_without_an_ending_is_known_by_its_first_line() -> None:
    script = b"#!/usr/bin/env python3\n# Starts the shop.\ndef main():\n    return 1\n"
    assert [unit.name for unit in units_of(script, "bin/run") if unit.kind is Kind.FUNCTION] == ["main"]
    assert comment_at(script, "bin/run", script.index(b"Starts")) is not None


def test_an_unknown_language_has_no_units() -> None:
    assert units_of(b"text", "notes.unknown") == ()


def test_a_unit_is_found_again_near_where_it_stood() -> None:
    data = b"def f():\n    return 1\n\n\n\ndef f():\n    return 2\n"
    units = units_of(data, "a.py")
    assert [(u := unit_again(units, "f", Kind.FUNCTION, line)) and u.name_line for line in (1, 5)] == [1, 6]
    assert unit_again(units, "g", Kind.FUNCTION, 1) is None
    assert unit_again(units, "f", Kind.CLASS, 1) is None


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "x = 1\n# Sort the rows\n# by ag|e.\ny = 2  # other\n", "Sort the rows\nby age."),
        ("a.py", "# Sort the rows|\n", "Sort the rows"),
        ("a.py", "x = 1  # why| so\n# apart\n", "why so"),
        ("a.py", "x = |1  # why so\n", None),
        ("a.ts", "f();\n/* Close idle|\n * sockets. */\n", "Close idle\nsockets."),
        ("a.rs", "// first| line\n// second line\nfn f() {}\n", "first line\nsecond line"),
        ("a.go", "package a\n\n// Retry |later\nfunc f() {}\n", "Retry later"),
        ("notes.unknown", "# a|\n", None),
    ],
)
def test_comments_with_their_neighbours(path: str, text: str, expected: str | None) -> None:
    data = text.replace("|", "").encode()
    found = comment_at(data, path, text.encode().index(b"|"))
    assert (found.text if found else None) == expected


def test_a_comment_is_looked_for_where_it_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse_here(*_: object) -> None:
        pytest.fail("a text was parsed in this process")

    monkeypatch.setattr("tree_sitter.Parser", parse_here)
    found = comment_at(b"# Sort the rows.\nx = 1\n", "a.py", 3)
    assert found is not None
    assert found.text == "Sort the rows."
