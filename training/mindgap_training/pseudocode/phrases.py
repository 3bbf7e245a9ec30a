"""Expressions in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

from mindgap_training.pseudocode.calls import KNOWN_CALLS, Call, read_call
from mindgap_training.pseudocode.grammars import Form, forms
from mindgap_training.pseudocode.names import Namer
from mindgap_training.pseudocode.syntax import BODY, CONDITION, Node, descend, operator, part, parts, text

_LITERAL_SHARE = 0.35
"""Of the texts write expressions as code, as half of the people do."""
_LONGEST = 24
"""Words: of a longer expression only what it calls is told."""
_LONGEST_STRING = 30

_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "==": ("is", "equals", "is equal to", "=", "=="),
    "!=": ("is not", "is not equal to", "!=", "differs from"),
    "<": ("is less than", "<", "is smaller than", "is below"),
    ">": ("is greater than", ">", "is more than", "is larger than", "exceeds"),
    "<=": ("is at most", "<=", "is less than or equal to"),
    ">=": ("is at least", ">=", "is greater than or equal to"),
    "&&": ("and",),
    "||": ("or",),
    "+": ("plus", "+"),
    "-": ("minus", "-"),
    "*": ("times", "*", "multiplied by"),
    "/": ("divided by", "/"),
    "//": ("divided (without remainder) by", "// "),
    "%": ("modulo", "mod", "%"),
    "**": ("to the power of", "^"),
    "in": ("is in", "is one of", "in"),
    "not in": ("is not in", "is none of"),
    "is": ("is",),
    "is not": ("is not",),
    "instanceof": ("is a",),
    "??": ("or else", "or, if missing,"),
    "&": ("and (bitwise)", "&"),
    "|": ("or (bitwise)", "|"),
    "^": ("xor",),
    "<<": ("shifted left by", "<<"),
    ">>": ("shifted right by", ">>"),
    "..": ("to", ".."),
    "=~": ("matches",),
    "<-": ("in", "from"),
    "++": ("joined with", "followed by"),
    "|>": ("then", "passed to"),
    "-gt": ("is greater than",),
    "-lt": ("is less than",),
    "-ge": ("is at least",),
    "-le": ("is at most",),
    "-eq": ("equals",),
    "-ne": ("is not",),
}
_SAME = {"===": "==", "!==": "!=", "~=": "!=", "<>": "!=", "/=": "!=", "and": "&&", "or": "||", "div": "//",
         "rem": "%", "mod": "%", "?:": "??", "=": "=="}  # fmt: skip
_UNARY: Mapping[str, tuple[str, ...]] = {
    "!": ("not",),
    "not": ("not",),
    "-": ("minus", "-"),
    "#": ("the length of", "the number of elements in"),
    "~": ("the complement of",),
    "-z": ("empty:", "no"),
    "-n": ("some",),
    "-f": ("the file exists:",),
    "-d": ("the folder exists:",),
    "-e": ("there is",),
}
_LEAVES: Mapping[str, tuple[str, ...]] = {
    "None": ("nothing", "none", "null"),
    "null": ("null", "nothing"),
    "nil": ("nil", "nothing"),
    "nullptr": ("null",),
    "undefined": ("undefined", "nothing"),
    "NULL": ("null",),
    "true": ("true",),
    "false": ("false",),
    "True": ("true",),
    "False": ("false",),
    "self": ("this object", "self"),
    "this": ("this object", "this"),
}
_SELF = frozenset({"self", "this", "cls", "Self", "@", "super"})
_LENGTHS = frozenset({"length", "size", "len", "count", "Length", "Count"})
_USED = re.compile(r"(?P<name>(?<!\w)[$@]*[^\W\d]\w*[?!]?)(?P<call>\()?")
_IDENTIFIER = re.compile(r"[$@]*[^\W\d]\w*[?!]?")


class Phraser:
    """Words for the expressions of one text."""

    def __init__(self, language: str, rng: Random, namer: Namer) -> None:
        self.rng, self.namer, self.language = rng, namer, language
        self._forms = forms(language)
        self._is_literal = rng.random() < _LITERAL_SHARE
        self._by_form: Mapping[Form, Callable[[Node], str]] = {
            Form.CALL: self.call,
            Form.BINARY: self._binary,
            Form.UNARY: self._unary,
            Form.INDEX: self._index,
            Form.MEMBER: self._member,
            Form.TERNARY: self._ternary,
            Form.IF: self._ternary,
            Form.LAMBDA: self._lambda,
            Form.COMPREHENSION: self._comprehension,
            Form.FOR: self._comprehension,
            Form.NEW: self._new,
            Form.STRING: self._string,
            Form.SEQUENCE: self._sequence,
            Form.MAPPING: self._mapping,
            Form.INNER: self._inner,
        }

    def phrase(self, node: Node) -> str:
        """An expression in words."""
        while self._forms.get(node.type) is Form.INNER and len(parts(node)) == 1:
            node = parts(node)[0]
        said = self._literal(node) if self._is_literal and self._is_simple(node) else self._spoken(node)
        return said if len(said.split()) <= _LONGEST else self._brief(node)

    def call(self, node: Node, *, is_command: bool = False) -> str:
        """A call in words, as a value or as something to do."""
        call = read_call(node, self._forms)
        arguments = [self.phrase(argument) for argument in call.arguments]
        receiver = self._receiver(call)
        if call.name == "!" and len(arguments) == 1:
            return f"not {arguments[0]}"
        if call.name == "for" and len(arguments) > 1:  # how Elixir writes a comprehension
            return f"{arguments[-1].removeprefix('do: ')} for each {_enumerate(arguments[:-1])}"
        known = KNOWN_CALLS.get(call.name.rsplit("::", 1)[-1].rstrip("!").lower())
        if known is not None and not is_command:
            said = known(receiver, arguments)
            if said:
                return said
        return self._any_call(call, receiver, arguments, is_command=is_command)

    def made(self, node: Node) -> str:
        """What is raised: the kind of error, and its message or not."""
        inner = parts(node)[0] if self._forms.get(node.type) is Form.INNER and parts(node) else node
        if self._forms.get(inner.type) is Form.NEW:
            return self._new(inner)
        if self._forms.get(inner.type) is not Form.CALL:
            return self.phrase(inner)
        call = read_call(inner, self._forms)
        name = self.namer.action(call.name.rsplit("::", 1)[-1])
        arguments = [self.phrase(argument) for argument in call.arguments[:2]]
        return f"{name} with {_enumerate(arguments)}" if arguments and self.rng.random() < 0.6 else name

    def choose(self, options: Sequence[str]) -> str:
        """One of several wordings."""
        return self.rng.choice(options)

    def _any_call(self, call: Call, receiver: str, arguments: list[str], *, is_command: bool) -> str:
        name = self.namer.action(call.name.rsplit("::", 1)[-1].rsplit(".", 1)[-1])
        given = _enumerate(arguments[:4])
        if is_command:
            command = self.choose(("call {0}", "{0}", "run {0}", "invoke {0}")).format(name)
            if receiver:
                command += self.choose((" on {0}", " of {0}")).format(receiver)
        elif receiver:
            command = self.choose(("{0} of {1}", "the result of {0} on {1}", "{1} {0}")).format(
                name, receiver
            )
        else:
            command = self.choose(("{0}", "the result of {0}", "{0}")).format(name)
        return command + (self.choose((" with {0}", " of {0}", " for {0}")).format(given) if given else "")

    def _receiver(self, call: Call) -> str:
        if call.receiver is None or text(call.receiver) in _SELF:
            return ""
        return self.phrase(call.receiver)

    def _spoken(self, node: Node) -> str:
        form = self._forms.get(node.type)
        say = self._by_form.get(form) if form else None
        if say is not None and node.named_child_count:
            return say(node)
        children = parts(node)
        if not children:
            return self._leaf(node)
        if len(children) == 1:
            return self.phrase(children[0])
        if node.type == "let_condition":
            return f"{self.phrase(children[-1])} is {self.phrase(children[0])}"
        if node.type in ("block", "do_block") and "\n" not in text(node):
            return self._lambda(node)
        if form in (Form.SWITCH, Form.TRY, Form.BLOCK):
            return self._brief(node)
        return " ".join(filter(None, (self.phrase(child) for child in children[:6])))

    def _leaf(self, node: Node) -> str:
        said = text(node).strip()
        if said in _LEAVES:
            return self.choose(_LEAVES[said])
        form = self._forms.get(node.type)
        if form is Form.STRING:
            return self._string(node)
        if form in (Form.SEQUENCE, Form.MAPPING):
            return "an empty list" if form is Form.SEQUENCE else "an empty mapping"
        return self.namer.variable(said) if _IDENTIFIER.fullmatch(said) else said

    def _literal(self, node: Node) -> str:
        """The expression as code, its names as this text has them."""
        return _USED.sub(self._literal_name, " ".join(text(node).split()))

    def _literal_name(self, match: re.Match[str]) -> str:
        name = match["name"]
        if name in _LEAVES:
            return name
        named = self.namer.action(name) if match["call"] is not None else self.namer.variable(name)
        return named.replace(" ", "_") + (match["call"] or "")

    def _is_simple(self, node: Node) -> bool:
        source = text(node)
        return len(source) < 40 and not any(sign in source for sign in "\n{;\"'")

    def _brief(self, node: Node) -> str:
        called = descend(node, self.language, Form.CALL)
        if called is not None:
            name = read_call(called, self._forms).name
            return self.choose(("the result of {0}", "what {0} gives")).format(self.namer.action(name))
        return self.choose(("a computed value", "the value", "the expression"))

    def _binary(self, node: Node) -> str:
        children = [child for child in parts(node) if child.type not in ("operator", "operator_identifier")]
        if len(children) < 2:
            return self.phrase(children[0]) if children else text(node)
        sign = operator(node)
        sign = _SAME.get(sign, sign)
        word = self.choose(_OPERATORS.get(sign, (sign,)))
        return f"{self.phrase(children[0])} {word} {self.phrase(children[-1])}"

    def _unary(self, node: Node) -> str:
        inner = parts(node)[-1]
        sign = operator(node) or text(node)[:1]
        said = self.phrase(inner)
        if sign not in _UNARY:
            return said
        word = self.choose(_UNARY[sign])
        return f"{word}{said}" if word == "-" else f"{word} {said}"

    def _index(self, node: Node) -> str:
        children = parts(node)
        if len(children) < 2:
            return self.phrase(children[0])
        wordings = ("{0}[{1}]", "{1} of {0}", "element {1} of {0}", "{0} at {1}", "the {1} entry of {0}")
        return self.choose(wordings).format(self.phrase(children[0]), self.phrase(children[-1]).strip("[]"))

    def _member(self, node: Node) -> str:
        children = parts(node)
        name, owner = text(children[-1]).lstrip(".?"), children[0]
        if len(children) == 1 or text(owner) in _SELF:
            return self.namer.variable(name)
        if name in _LENGTHS:
            return self.choose(
                ("the length of {0}", "the size of {0}", "the number of elements in {0}")
            ).format(self.phrase(owner))
        wordings = ("{0}.{1}", "{1} of {0}", "the {1} of {0}", "{0}'s {1}", "{0} {1}")
        return self.choose(wordings).format(self.phrase(owner), self.namer.variable(name))

    def _ternary(self, node: Node) -> str:
        children = parts(node)
        condition = part(node, *CONDITION)
        if len(children) < 3:
            return self._brief(node)
        if condition is None and self.language == "python":
            children[0], children[1] = children[1], children[0]
        values = [self.phrase(child) for child in children[:3]]
        wordings = ("{1} if {0} else {2}", "{1} if {0}, otherwise {2}", "if {0} then {1} else {2}")
        return self.choose(wordings).format(*values)

    def _lambda(self, node: Node) -> str:
        children = parts(node)
        body = part(node, *BODY) or (children[-1] if children else None)
        if body is None or "\n" in text(body) or len(text(body)) > 60:
            return self.choose(("a function", "a callback", "the given steps"))
        return self.phrase(body)

    def _comprehension(self, node: Node) -> str:
        clause = next((child for child in walk_clauses(node)), None)
        value, condition = part(node, "body", "expression") or parts(node)[0], _filter_of(node)
        if clause is None or node.type == "for_statement":
            return self._brief(node)
        ends = [child for child in parts(clause) if child.type != "operator"]
        if len(ends) < 2:
            return self._brief(node)
        said = self.choose(
            ("{0} for each {1} in {2}", "a list of {0} for every {1} in {2}", "{0} for {1} in {2}")
        )
        said = said.format(self.phrase(value), self.phrase(ends[0]), self.phrase(ends[1]))
        if condition is None:
            return said
        return said + self.choose((" where {0}", " if {0}", " such that {0}")).format(self.phrase(condition))

    def _new(self, node: Node) -> str:
        children = parts(node)
        made = self.choose(("a new {0}", "the {0}", "new {0}")).format(self.namer.action(text(children[0])))
        arguments = [self.phrase(child) for child in parts(children[-1])[:3]] if len(children) > 1 else []
        return f"{made} with {_enumerate(arguments)}" if arguments else made

    def _string(self, node: Node) -> str:
        said = " ".join(text(node).split())
        if said.strip("rbuf\"'`") == "":
            return "an empty string"
        if len(said) > _LONGEST_STRING or self.rng.random() < 0.3:
            return self.choose(("a string", "a text", "a message"))
        return said

    def _sequence(self, node: Node) -> str:
        items = [self.phrase(child) for child in parts(node)[:4]]
        if not items:
            return self.choose(("an empty list", "empty list", "[]"))
        return (
            _enumerate(items) if len(items) == 1 else self.choose(("{0}", "({0})")).format(_enumerate(items))
        )

    def _mapping(self, node: Node) -> str:
        if not parts(node):
            return self.choose(("an empty mapping", "an empty dictionary", "{}"))
        return self.choose(("a mapping", "a dictionary with the given entries", "an object"))

    def _inner(self, node: Node) -> str:
        # Of a cast, the value stands last.
        return self.phrase(parts(node)[-1])


def walk_clauses(node: Node) -> list[Node]:
    """The `for y in ys` of a comprehension, whatever it is called."""
    kinds = ("for_in_clause", "for_binding", "generator", "enumerator")
    found: list[Node] = []
    for child in node.named_children:
        if child.type in kinds:
            found.append(child)
        elif child.type in ("for_clause", "qualifiers", "enumerators"):
            found += (inner for inner in child.named_children if inner.type in kinds)
    return found


def _filter_of(node: Node) -> Node | None:
    for child in (
        *node.named_children,
        *(c for clause in node.named_children for c in clause.named_children),
    ):
        if child.type in ("if_clause", "guard") and parts(child):
            return parts(child)[-1]
    return None


def _enumerate(items: Sequence[str]) -> str:
    items = [item for item in items if item]
    return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else "".join(items)
