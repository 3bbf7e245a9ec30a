"""What a function does, step by step: the form between syntax tree and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a step does; the comment names its slots, in words already."""

    ASSIGN = "assign"  # target, value
    DECLARE = "declare"  # target
    AUGMENT = "augment"  # target, value, verb: add, subtract, multiply …
    INCREMENT = "increment"  # target
    DECREMENT = "decrement"  # target
    SWAP = "swap"  # target, value
    APPEND = "append"  # target, value
    FOR_EACH = "for each"  # item, iterable
    COUNT = "count"  # item, start, stop
    WHILE = "while"  # condition
    REPEAT_WHILE = "repeat while"  # condition
    REPEAT_UNTIL = "repeat until"  # condition
    FOREVER = "forever"
    IF = "if"  # condition
    UNLESS = "unless"  # condition
    ELSE_IF = "else if"  # condition
    ELSE = "else"
    SWITCH = "switch"  # subject
    CASE = "case"  # value
    DEFAULT = "default"
    RETURN = "return"  # value, may be empty
    YIELD = "yield"  # value, may be empty
    RAISE = "raise"  # value, may be empty
    TRY = "try"
    CATCH = "catch"  # value, may be empty
    FINALLY = "finally"
    WITH = "with"  # value
    DEFER = "defer"  # value
    ASSERT = "assert"  # condition
    DELETE = "delete"  # value
    PRINT = "print"  # value
    READ = "read"  # value
    BREAK = "break"
    CONTINUE = "continue"
    CALL = "call"  # value: a call in words, already a command
    EXPRESSION = "expression"  # value: what is neither command nor value of the function


LOOPS = frozenset({Kind.FOR_EACH, Kind.COUNT, Kind.WHILE, Kind.REPEAT_WHILE, Kind.REPEAT_UNTIL, Kind.FOREVER})
CONTINUATIONS = frozenset({Kind.ELSE_IF, Kind.ELSE, Kind.CATCH, Kind.FINALLY, Kind.CASE, Kind.DEFAULT})
"""Steps that make no sense without the one before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, with the steps inside it."""

    kind: Kind
    slots: Mapping[str, str] = field(default_factory=dict[str, str])
    body: tuple[Step, ...] = ()
