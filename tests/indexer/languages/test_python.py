from __future__ import annotations

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import parse, parse_all

SOURCE = '''\
"""Module doc."""

import os

LIMIT = 3


# Adds two numbers.
@cache
@retry(times=2)
def add(first: int,
        second: int = 2) -> int:
    """Return the sum.

    Of both.
    """
    def inner():
        return 1
    return first + second


class Shape(Base):
    """A thing with an area."""

    sides = 4  # as a square

    def __init__(self) -> None:
        self.x = 1

    async def area(self) -> float:
        return 2.0

    class Meta:
        pass


square = lambda x: x * x
type Pair[T] = tuple[T, T]
'''


def test_units_names_and_kinds() -> None:
    assert [(unit.qualname, unit.kind) for unit in parse_all("python", SOURCE)] == [
        ("sample", Kind.MODULE),
        ("add", Kind.FUNCTION),
        ("add.inner", Kind.FUNCTION),
        ("Shape", Kind.CLASS),
        ("Shape.__init__", Kind.CONSTRUCTOR),
        ("Shape.area", Kind.METHOD),
        ("Shape.Meta", Kind.CLASS),
        ("square", Kind.FUNCTION),
        ("Pair", Kind.TYPE),
    ]


def test_ranges_cover_decorators_and_exact_name() -> None:
    add = parse("python", SOURCE)["add"]
    assert (add.start_line, add.name_line, add.end_line, add.doc_start_line) == (9, 11, 19, 8)
    data = SOURCE.encode()
    assert data[add.name_start_byte : add.name_end_byte] == b"add"
    assert data[add.start_byte : add.end_byte].startswith(b"@cache")
    assert data[add.start_byte : add.end_byte].endswith(b"first + second")


def test_doc_signature_and_body() -> None:
    units = parse("python", SOURCE)
    assert units["add"].doc == "Adds two numbers.\nReturn the sum.\n\nOf both."
    assert units["add"].signature == "def add(first: int, second: int = 2) -> int"
    assert "Return the sum" not in units["add"].body
    assert units["Shape"].doc == "A thing with an area."
    assert "def area" in units["Shape"].body
    assert "return 2.0" not in units["Shape"].body


def test_module_docstring_is_prose() -> None:
    module = parse_all("python", "#!/usr/bin/env python\n# Since 2020.\n" + SOURCE)[0]
    assert module.doc == "Since 2020.\nModule doc."
    assert module.body == "import os\nLIMIT = 3"


def test_a_comment_that_opens_a_body_is_no_signature() -> None:
    source = "class A(B):  # why\n    '''Doc.'''\n\ndef f(x) -> int:  # how\n    # first\n    return x\n"
    units = parse("python", source)
    assert units["A"].signature == "class A(B)"
    assert units["f"].signature == "def f(x) -> int"
    assert units["f"].body == "# how\n    # first\n    return x"


def test_around_a_syntax_error() -> None:
    lines = ["\ufeffdef größe(x):", "\treturn x", "", "value = (1,", "", "class Later:"]
    source = "\r\n".join([*lines, "\tdef after(self):", "\t\tpass", ""])
    units = {unit.name: unit for unit in parse_all("python", source)}
    assert (units["größe"].start_byte, units["größe"].end_line) == (3, 2)
    assert (units["after"].qualname, units["after"].end_line) == ("Later.after", 8)
