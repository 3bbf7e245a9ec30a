"""Calls: who is called on what with what, and what the most usual functions mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mindgap_training.pseudocode.grammars import Form, word_set
from mindgap_training.pseudocode.syntax import CALLEE, RECEIVER, Node, part, parts, text


@dataclass(frozen=True, slots=True)
class Call:
    """A call taken apart."""

    name: str
    """Without the object that it is called on."""
    receiver: Node | None
    arguments: tuple[Node, ...]


_ARGUMENTS = word_set("arguments argument_list value_arguments call_suffix token_tree bracketed_arguments")
_MODULES = word_set("Enum String Map List Stream Keyword Math math table string np std Array Object")


def read_call(node: Node, forms: Mapping[str, Form]) -> Call:
    """Take a call apart; grammars differ in where they keep the object."""
    if node.type == "apply":
        return _read_application(node)
    children = parts(node)
    callee = part(node, *CALLEE) or (children[0] if children else node)
    receiver = part(node, *RECEIVER)
    name = text(callee)
    block = part(node, "block")
    if receiver is None and forms.get(callee.type) is Form.MEMBER:
        ends = parts(callee)
        receiver, name = (ends[0] if len(ends) > 1 else None), text(ends[-1]) if ends else name
    name = name.lstrip(".?&").split("<", 1)[0].strip()
    if node.type == "macro_invocation":
        name += "!"
    arguments = _arguments(node, callee, receiver)
    if block is not None:
        arguments.append(block)
    if receiver is not None and text(receiver) in _MODULES:
        # What stands before the dot says only where the function is from.
        receiver = arguments.pop(0) if arguments else None
    return Call(name or text(callee), receiver, tuple(arguments))


def _arguments(node: Node, callee: Node, receiver: Node | None) -> list[Node]:
    found: list[Node] = []
    for child in parts(node):
        if child.type in _ARGUMENTS:
            for inner in parts(child):
                found += parts(inner) if inner.type in _ARGUMENTS else [inner]
        elif child not in (callee, receiver) and child.type not in ("block", "do_block", "type_arguments"):
            found.append(child)
    return found


def _read_application(node: Node) -> Call:
    """`f a b` of Haskell is `(f a) b`."""
    arguments: list[Node] = []
    at = node
    while at.type == "apply" and len(parts(at)) == 2:
        function, argument = parts(at)
        arguments.insert(0, argument)
        at = function
    return Call(text(at), None, tuple(arguments))


KnownCall = Callable[[str, Sequence[str]], str]
"""Words for receiver and arguments; empty where they do not fit."""


def _of_one(template: str) -> KnownCall:
    """The one thing that the function is about: its object, or else its only argument."""

    def say(receiver: str, arguments: Sequence[str]) -> str:
        if receiver and not arguments:
            return template.format(receiver)
        return template.format(arguments[0]) if len(arguments) == 1 and not receiver else ""

    return say


def _of_two(template: str) -> KnownCall:
    """An object and an argument, or two arguments."""

    def say(receiver: str, arguments: Sequence[str]) -> str:
        both = [receiver, *arguments] if receiver else list(arguments)
        return template.format(*both) if len(both) == 2 else ""

    return say


_ONE = """\
len length size count strlen: the length of {0}
sorted sort sort_by: {0} in sorted order
reversed reverse rev: {0} in reverse order
sum: the sum of {0}
max maximum: the largest of {0}
min minimum: the smallest of {0}
abs fabs: the absolute value of {0}
sqrt: the square root of {0}
floor: {0} rounded down
ceil: {0} rounded up
round: {0} rounded
int parseint parse_int to_i atoi stoi toint: {0} as an integer
float parsefloat to_f atof tofloat double: {0} as a number
str string tostring to_string to_s repr: {0} as text
list tolist to_a to_list collect to_vec: a list of {0}
set toset to_set: the set of {0}
dict to_h: a dictionary of {0}
tuple: a tuple of {0}
bool: whether {0} is true
lower tolower tolowercase downcase lowercase: {0} in lower case
upper toupper touppercase upcase uppercase: {0} in upper case
strip trim: {0} without surrounding blanks
keys: the keys of {0}
values: the values of {0}
items entries: the entries of {0}
enumerate ipairs pairs each_with_index: {0} with positions
iter into_iter: {0}
clone copy dup: a copy of {0}
unwrap: {0}
is_empty isempty empty empty?: {0} is empty
is_none is_nil nil? is_null isnone: {0} is missing
is_some is_ok: {0} is there
type typeof class: the type of {0}
first front: the first of {0}
last back: the last of {0}
pop: the last element taken off {0}
any: any of {0}
all: all of {0}
open: the opened file {0}
readlines lines: the lines of {0}
isdigit: {0} consists of digits
isalpha: {0} consists of letters"""
_OVER = """\
map collect flat_map flatmap: {1} for each of {0}
filter select where reject filter_map: those of {0} where {1}
any any? some exists: {1} for any of {0}
all all? every: {1} for all of {0}
find detect: the first of {0} where {1}
sort_by sortby sorted order_by orderby: {0} sorted by {1}"""
_TWO = """\
contains includes include? has has_key containskey haskey member?: {0} contains {1}
startswith starts_with start_with? hasprefix starts_with?: {0} starts with {1}
endswith ends_with end_with? hassuffix: {0} ends with {1}
isinstance is_a? kind_of?: {0} is a {1}
split: {0} split at {1}
join: {1} joined by {0}
get: the entry {1} of {0}
index indexof index_of find: the position of {1} in {0}
count: how often {1} is in {0}
pow: {0} to the power of {1}
max: the larger of {0} and {1}
min: the smaller of {0} and {1}
range: the numbers from {0} to {1}
zip: pairs of {0} and {1}
gcd: the greatest common divisor of {0} and {1}
concat: {0} followed by {1}
equals eql?: {0} equals {1}"""


def _with_function(template: str) -> KnownCall:
    """`xs.map(f)`, and `map(f, xs)` with the function first."""

    def say(receiver: str, arguments: Sequence[str]) -> str:
        both = [receiver, *arguments] if receiver else list(arguments)[::-1]
        return template.format(*both) if len(both) == 2 else ""

    return say


def _known() -> dict[str, KnownCall]:
    one = {name: _of_one(words) for name, words in _rows(_ONE)}
    two = {name: _of_two(words) for name, words in _rows(_TWO)}
    two |= {name: _with_function(words) for name, words in _rows(_OVER)}

    def either(name: str) -> KnownCall:
        def say(receiver: str, arguments: Sequence[str]) -> str:
            for known in (one.get(name), two.get(name)):
                if known and (said := known(receiver, arguments)):
                    return said
            return ""

        return say

    return {name: either(name) for name in {*one, *two}}


def _rows(table: str) -> list[tuple[str, str]]:
    rows = (line.split(": ", 1) for line in table.splitlines())
    return [(name, words) for names, words in rows for name in names.split()]


KNOWN_CALLS: Mapping[str, KnownCall] = _known()

APPENDING = word_set("append push push_back add push! addlast append! emplace_back pushback addall extend <<")
PRINTING = word_set(
    "print println printf puts echo println! log p info putstrln putstr eprintln! write writeline"
)
READING = word_set("read scanf input gets readline getline")
REMOVING = word_set("remove delete discard erase unset rm clear")
