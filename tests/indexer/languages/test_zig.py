from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
//! Growable lists.

const std = @import("std");
const Allocator = std.mem.Allocator;

/// Adds two numbers.
pub fn add(a: i32, b: i32) i32 {
    return a + b;
}

pub inline fn identity(comptime T: type, x: T) !T { return x; }
export fn version(n: c_int) callconv(.C) void {}
extern "c" fn malloc(size: usize) ?*anyopaque;

/// A list of values of one type.
pub fn List(comptime T: type) type {
    return struct {
        const Self = @This();
        items: []T,

        /// Adds a value at the end.
        pub fn append(self: *Self, item: T) !void {
            _ = item;
        }
    };
}

pub const Point = struct {
    x: f32 = 0,
    const Axis = enum { x, y, fn name(self: Axis) []const u8 { return ""; } };

    pub fn init(x: f32) Point {
        return .{ .x = x };
    }
};

const Value = union(enum) { number: i64, text: []const u8 };
const Header = packed struct(u32) { size: u8 };
const Handle = opaque {};
pub const Error = error{ OutOfMemory, Closed };
const Text = []const u8;

const less = struct {
    fn less(a: u8, b: u8) bool { return a < b; }
}.less;

const table = [_]u8{ 1, 2 };

test "adds numbers" {
    try std.testing.expect(add(1, 2) == 3);
}

test add {
    _ = add;
}

test {
    _ = Point;
}

const @"größe" = struct {};
"""


def test_units() -> None:
    assert outline("zig", SOURCE) == [
        ("sample", "module", 1, 1, 1, 4),
        ("add", "function", 6, 7, 7, 9),
        ("identity", "function", 11, 11, 11, 11),
        ("version", "function", 12, 12, 12, 12),
        ("malloc", "function", 13, 13, 13, 13),
        ("List", "function", 15, 16, 16, 26),
        ("List.append", "method", 21, 22, 22, 24),
        ("Point", "struct", 28, 28, 28, 35),
        ("Point.Axis", "enum", 30, 30, 30, 30),
        ("Point.Axis.name", "method", 30, 30, 30, 30),
        ("Point.init", "method", 32, 32, 32, 34),
        ("Value", "struct", 37, 37, 37, 37),
        ("Header", "struct", 38, 38, 38, 38),
        ("Handle", "struct", 39, 39, 39, 39),
        ("Error", "enum", 40, 40, 40, 40),
        ("sample", "module", 41, 41, 41, 41),
        ("less.less", "function", 44, 44, 44, 44),
        ("sample", "module", 47, 47, 47, 47),
        ("adds numbers", "function", 49, 49, 49, 51),
        ("add", "function", 53, 53, 53, 55),
        ("sample", "module", 57, 57, 57, 59),
        ('@"größe"', "struct", 61, 61, 61, 61),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = {unit.qualname: unit for unit in parse_all("zig", SOURCE)}
    assert units["List"].signature == "pub fn List(comptime T: type) type"
    assert units["List"].doc == "A list of values of one type."
    assert units["List.append"].signature == "pub fn append(self: *Self, item: T) !void"
    assert units["List.append"].doc == "Adds a value at the end."
    assert units["Point"].signature == "pub const Point = struct"
    assert "pub fn init(x: f32) Point" in units["Point"].body
    assert ".{ .x = x }" not in units["Point"].body
    assert units["malloc"].signature == 'extern "c" fn malloc(size: usize) ?*anyopaque'
    assert units["adds numbers"].signature == 'test "adds numbers"'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufefffn before() u8 {\n\treturn 1;\n}\n\n"
        "fn broken() void {\n\tcall(;\n}\n\nconst After = struct {\n\tfn run() void {}\n};\n"
    )
    units = parse("zig", source.replace("\n", newline))
    assert (units["before"].start_byte, units["before"].start_line, units["before"].end_line) == (3, 1, 3)
    assert (units["After"].start_line, units["After"].end_line) == (9, 11)
    assert "After.run" in units
