from __future__ import annotations

import re
import time

import pytest

from mindgap_indexer.languages import LANGUAGES, by_name
from mindgap_indexer.parsing import parse_source, passages
from mindgap_indexer.parsing.passages import MAX_PIECES, OVERLAP_CHARS, PIECE_CHARS
from mindgap_indexer.parsing.windows import WINDOW_ROWS
from mindgap_indexer.types import Kind, ParsedFile, Unit

# One file for each grammar: code outside of definitions, a documented function, a type, a tab.
SAMPLES = {
    "python": """\
import os

# Adds.
def add(a, b):
\treturn a + b

class Box:
\tsize = 1

print(add(1, 2))
""",
    "javascript": """\
import os from 'os';

// Adds.
function add(a, b) {
\treturn a + b;
}

class Box {
\tsize() {}
}

add(1, 2);
""",
    "typescript": """\
import os from 'os';

// Adds.
function add(a: number) {
\treturn a;
}

interface Box {
\tsize(): number;
}

add(1);
""",
    "tsx": """\
import os from 'os';

// Adds.
function Add(a: number) {
\treturn <b>{a}</b>;
}

interface Box {
\tsize(): number;
}

Add(1);
""",
    "go": """\
package box

import "os"

// Adds.
func Add(a int) int {
\treturn a
}

type Box struct {
\tsize int
}

var one = Add(1)
""",
    "rust": """\
use std::fs;

/// Adds.
fn add(a: u8) -> u8 {
\ta
}

struct Box {
\tsize: u8,
}

const ONE: u8 = add(1);
""",
    "java": """\
import java.util.List;

// Holds.
class Box {
\tint add(int a) {
\t\treturn a;
\t}
}
""",
    "c": """\
#include <stdio.h>

/* Adds. */
int add(int a) {
\treturn a;
}

struct box {
\tint size;
};

int one = 1;
""",
    "cpp": """\
#include <string>

// Adds.
int add(int a) {
\treturn a;
}

class Box {
\tint size;
};

int one = add(1);
""",
    "csharp": """\
using System;

// Holds.
class Box {
\tint Add(int a) {
\t\treturn a;
\t}
}
""",
    "ruby": """\
require 'set'

# Adds.
def add(a)
\ta
end

class Box
\tSIZE = 1
end

puts add(1)
""",
    "php": """\
<?php
use Foo\\Bar;

// Adds.
function add($a) {
\treturn $a;
}

class Box {
\tpublic $size = 1;
}

echo add(1);
""",
    "kotlin": """\
import java.util.Date

// Adds.
fun add(a: Int): Int {
\treturn a
}

class Box {
\tval size = 1
}

val one = add(1)
""",
    "scala": """\
import java.util.Date

// Adds.
def add(a: Int): Int = {
\ta
}

class Box {
\tval size = 1
}

val one = add(1)
""",
    "swift": """\
import Foundation

// Adds.
func add(a: Int) -> Int {
\treturn a
}

class Box {
\tvar size = 1
}

let one = add(a: 1)
""",
    "lua": """\
local os = require 'os'

-- Adds.
local function add(a)
\treturn a
end

print(add(1))
""",
    "bash": """\
set -e

# Adds.
add() {
\techo $(($1 + 1))
}

add 1
""",
    "elixir": """\
import Enum

defmodule Box do
\t# Adds.
\tdef add(a) do
\t\ta
\tend
end

IO.puts Box.add(1)
""",
    "haskell": """\
module Box where

import Data.List

-- | Adds.
add :: Int -> Int
add a = a

data Box = Box Int

infixl 6 `add`
""",
    "zig": """\
const std = @import("std");

/// Adds.
fn add(a: u8) u8 {
\treturn a;
}

const Box = struct {
\tsize: u8,
};

const one = add(1);
""",
    "julia": """\
using Base

# Adds.
function add(a)
\treturn a
end

struct Box
\tsize
end

println(add(1))
""",
    "perl": """\
use strict;

# Adds.
sub add {
\treturn $_[0];
}

print add(1);
""",
}

GRAMMARS = [language.name for language in LANGUAGES if language.grammar]
COMMENTS = {"#": "python ruby bash elixir julia perl", "--": "lua haskell", "<?php //": "php"}
CLOSERS = {"end", "fi"}


def _parse(language: str, source: str | bytes) -> ParsedFile:
    data = source.encode() if isinstance(source, str) else source
    parsed = parse_source(data, by_name(language), "sample")
    _check_ranges(data, parsed)
    return parsed


def _check_ranges(data: bytes, parsed: ParsedFile) -> None:
    """What holds for the units of any file."""
    rows = len(re.findall(rb"\r\n|\n|\r", data)) + 1
    assert [unit.start_byte for unit in parsed.units] == sorted(unit.start_byte for unit in parsed.units)
    for unit in parsed.units:
        assert 0 <= unit.start_byte <= unit.name_start_byte <= unit.name_end_byte
        assert unit.name_end_byte <= unit.end_byte <= len(data)
        assert 1 <= unit.doc_start_line <= unit.start_line <= unit.name_line <= unit.end_line <= rows
        assert unit.name
        assert unit.qualname.endswith(unit.name)


def _outline(parsed: ParsedFile) -> list[tuple[str, str, int, int, str]]:
    return [(u.qualname, u.kind.value, u.doc_start_line, u.end_line, u.doc) for u in parsed.units]


def _make_unit(doc: str = "", body: str = "return a", signature: str = "def add(a)") -> Unit:
    unit = parse_source(b"def add(a):\n    return a\n", by_name("python"), "sample").units[0]
    return unit._replace(doc=doc, body=body, signature=signature)


def test_there_is_a_sample_for_every_grammar() -> None:
    assert set(GRAMMARS) <= set(SAMPLES)


@pytest.mark.parametrize("language", SAMPLES)
def test_every_line_of_code_belongs_to_a_unit(language: str) -> None:
    source = SAMPLES[language]
    covered = {
        line
        for unit in _parse(language, source).units
        for line in range(unit.doc_start_line, unit.end_line + 1)
    }
    for number, line in enumerate(source.splitlines(), 1):
        assert number in covered or not set(re.findall(r"\w+", line)) - CLOSERS, line


@pytest.mark.parametrize("language", GRAMMARS)
def test_a_sample_has_a_documented_definition(language: str) -> None:
    parsed = _parse(language, SAMPLES[language])
    assert not parsed.has_errors
    assert {"Adds.", "Holds."} & {unit.doc for unit in parsed.units if unit.kind is not Kind.MODULE}


@pytest.mark.parametrize("language", SAMPLES)
def test_line_ends_and_byte_order_mark_change_no_line(language: str) -> None:
    source = SAMPLES[language]
    expected = _parse(language, source)
    crlf = _parse(language, source.replace("\n", "\r\n"))
    assert _outline(crlf) == _outline(expected)
    marked = _parse(language, "\ufeff" + source)
    assert _outline(marked) == _outline(expected)
    assert [unit.start_byte - 3 for unit in marked.units] == [unit.start_byte for unit in expected.units]


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("source", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_nothing_gives_no_units(language: str, source: bytes) -> None:
    assert _parse(language, source).units == ()


@pytest.mark.parametrize("language", SAMPLES)
def test_a_file_of_comments_is_one_piece_of_prose(language: str) -> None:
    mark = next((mark for mark, names in COMMENTS.items() if language in names.split()), "//")
    (unit,) = _parse(language, f"{mark} Twelve monkeys\n{mark.split()[-1]} in a boat.\n").units
    assert "Twelve monkeys" in unit.doc + unit.body
    assert unit.end_line == 2


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize(
    "junk", [b"\0", b"\xff\xfe", b"\xc3", b"\xf0\x9f\x92\xa9", b"(((", b"}", b'"', b"\r"]
)
def test_damaged_files_keep_their_units_in_range(language: str, junk: bytes) -> None:
    data = SAMPLES[language].encode()
    for at in range(0, len(data), 31):
        assert _parse(language, data[:at] + junk + data[at:]).units
        _parse(language, data[:at] + junk)


@pytest.mark.parametrize("language", GRAMMARS)
@pytest.mark.parametrize("bracket", ["(", "[", "{"])
def test_deep_nesting_does_not_crash(language: str, bracket: str) -> None:
    _parse(language, "x = " + f"{bracket}\n" * 5_000)


def test_a_syntax_tree_of_any_depth_is_searched() -> None:
    source = "def before(): pass\n" + "x = " + "f(1, 2) +\\\n" * 70_000 + "0\ndef after(): pass\n"
    assert {"before", "after"} <= {unit.name for unit in _parse("python", source).units}


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("piece", ["x = 1; ", "a(b, c) + ", '"', "(", "1, "])
def test_a_megabyte_on_one_line_takes_no_time(language: str, piece: str) -> None:
    start = time.perf_counter()
    parsed = _parse(language, piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - start < 2
    assert len(parsed.units) <= 1


def test_a_language_without_grammar_is_cut_into_windows() -> None:
    source = "".join(f"print {n};\n" + "\n" * (n % 7 == 0) for n in range(200))
    units = _parse("perl", source).units
    assert {unit.kind for unit in units} == {Kind.BLOCK}
    assert all(unit.end_line - unit.start_line < WINDOW_ROWS for unit in units)
    assert "".join(unit.body for unit in units).count("print") == 200
    # A window ends at a blank line rather than in the middle of something.
    assert all(int(unit.body.split()[-1].strip(";")) % 7 == 0 for unit in units[:-1])


def test_a_licence_is_no_doc() -> None:
    (unit,) = _parse("python", "# Copyright 2020 Somebody\n# All rights reserved.\n\nimport os\n").units
    assert (unit.doc, unit.body, unit.signature) == ("", "import os", "import os")


def test_a_long_function_shows_nested_ones_by_their_heads() -> None:
    inner = "    def inner(a):\n        return 'secret'\n"
    short = "def outer():\n" + inner + "    x = 1\n"
    assert "secret" in _parse("python", short).units[0].body
    outer = _parse("python", short + "    x += 1\n" * 60).units[0]
    assert "secret" not in outer.body
    assert "def inner(a)" in outer.body


def test_a_unit_without_doc_has_one_passage() -> None:
    (passage,) = passages(_make_unit())
    assert (passage.name, passage.qualname, passage.signature) == ("add", "add", "def add(a)")
    assert (passage.doc, passage.body, passage.language) == ("", "return a", "python")


def test_a_documented_unit_has_a_passage_for_its_head() -> None:
    head, whole = passages(_make_unit(doc="Adds. Both of them."))
    assert (head.signature, head.doc, head.body) == ("def add(a)", "Adds.", "")
    assert (whole.signature, whole.doc, whole.body) == ("def add(a)", "Adds. Both of them.", "return a")


def test_a_long_body_has_overlapping_passages() -> None:
    body = "".join(f"step({n})\n" for n in range(1_000))
    pieces = [passage.body for passage in passages(_make_unit(body=body))]
    assert 1 < len(pieces) < MAX_PIECES
    assert all(PIECE_CHARS // 2 < len(piece) <= PIECE_CHARS for piece in pieces[:-1])
    assert all(body[body.index(piece) + len(piece)] == "\n" for piece in pieces[:-1])
    end = OVERLAP_CHARS
    for piece in pieces:
        assert body.index(piece) == end - OVERLAP_CHARS
        end = body.index(piece) + len(piece)
    assert end == len(body)


@pytest.mark.parametrize("body", ["x" * 100_000, "x\n" * 50_000, "\n" * 100_000, "x" * PIECE_CHARS])
def test_passages_are_bounded(body: str) -> None:
    pieces = passages(_make_unit(body=body))
    assert len(pieces) == (1 if len(body) == PIECE_CHARS else MAX_PIECES)
    assert all(0 < len(piece.body) <= PIECE_CHARS for piece in pieces)


def test_content_hash_ignores_the_position() -> None:
    source = "def add(a):\n    return a\n"
    moved = "import os\n\n\n" + source
    (here,), (_, there) = _parse("python", source).units, _parse("python", moved).units
    assert here.start_line != there.start_line
    assert here.content_hash == there.content_hash
    assert len(here.content_hash) == 16


def test_content_hash_covers_every_encoded_field() -> None:
    variants = [
        _make_unit(),
        _make_unit()._replace(kind=Kind.METHOD),
        _make_unit()._replace(qualname="Box.add"),
        _make_unit()._replace(language="ruby"),
        _make_unit(signature="def add(b)"),
        _make_unit(doc="Adds."),
        _make_unit(body="return b"),
        # The same characters, parted otherwise.
        _make_unit(signature="def add(a)return a", body=""),
    ]
    assert len({unit.content_hash for unit in variants}) == len(variants)
