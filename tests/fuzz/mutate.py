"""Makes bad inputs of good ones: seeded, so that a number names an input for ever."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

_SIGNS = [
    b"{",
    b"}",
    b"(",
    b")",
    b"[",
    b"]",
    b'"',
    b"'",
    b'"""',
    b"'''",
    b"`",
    b"/*",
    b"*/",
    b"//",
    b"#",
    b"--",
    b"<",
    b">",
    b"\\",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\r",
    b"\r\n",
    b"\n",
    b"\t",
    b"\f",
    b"\x85",
    "\u2028".encode(),
    "\u202e".encode(),
    b"end",
    b"#if",
    b"#endif",
    b"#define X(",
    b"=>",
    b"::",
    b"${",
    b"<<EOF",
    b"@",
    b";",
    b",",
    b"..",
]
MAX_SIZE = 20_000


def mutated(seeds: Sequence[bytes], number: int, signs: Sequence[bytes] = tuple(_SIGNS)) -> bytes:
    """The input of that number: one of the seeds with a few things wrong."""
    chance = random.Random(number)
    data = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        data = chance.choice(_WAYS)(data, chance, seeds, signs)[:MAX_SIZE]
    return data


def _cut(data: bytes, chance: random.Random) -> tuple[int, int]:
    start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return start, min(end, start + chance.choice((1, 3, 10, 40, 200)))


Way = Callable[[bytes, random.Random, Sequence[bytes], Sequence[bytes]], bytes]


def _delete(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    start, end = _cut(data, chance)
    return data[:start] + data[end:]


def _repeat(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    start, end = _cut(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 10, 100)) + data[end:]


def _insert_sign(data: bytes, chance: random.Random, _: Sequence[bytes], signs: Sequence[bytes]) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(signs) * chance.choice((1, 1, 1, 2, 7, 500)) + data[at:]


def _splice(data: bytes, chance: random.Random, seeds: Sequence[bytes], _: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    start, end = _cut(other, chance)
    at = chance.randint(0, len(data))
    return data[:at] + other[start:end] + data[at:]


def _flip(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _count in range(chance.choice((1, 2, 8)) if data else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _truncate(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    return data[: chance.randint(0, len(data))]


def _swap_lines(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _indent(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    return re.sub(rb"(?m)^", b" " * chance.choice((1, 3, 8, 200)), data)


def _line_ends(data: bytes, chance: random.Random, *_: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r", b"\r\n", b"", b" ", b"\n\n", b"\x0b")))


_WAYS: tuple[Way, ...] = (
    _delete,
    _repeat,
    _insert_sign,
    _insert_sign,
    _splice,
    _flip,
    _truncate,
    _swap_lines,
    _indent,
    _line_ends,
)
