"""Loops: over things, over numbers, while something holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from mindgap_training.pseudocode.calls import Call
from mindgap_training.pseudocode.grammars import word_set
from mindgap_training.pseudocode.phrases import Phraser
from mindgap_training.pseudocode.steps import Kind, Step
from mindgap_training.pseudocode.syntax import CONDITION, LEFT, RIGHT, Node, operator, part, parts, text

ReadSteps = Callable[[Iterable[Node]], list[Step]]

_CLAUSES = word_set(
    "for_clause range_clause for_generic_clause for_numeric_clause for_binding enumerators enumerator"
)
_INIT, _UPDATE = ("initializer", "init", "initialize"), ("update", "increment")
_ITEM, _ITERABLE = (
    ("left", "pattern", "item", "name", "variable", "declarator"),
    ("right", "value", "collection"),
)
_RANGE = re.compile(r"(?P<start>[\w.]+)\s*(?:\.\.[.<=]?|\buntil\b|\bto\b|:|\.\.=)\s*(?P<stop>.+)")
_RANGE_CALL = re.compile(r"x?range\((?:(?P<start>[^,()]+),\s*)?(?P<stop>[^,]+)\)")
_EACH = word_set("each for_each foreach each_with_index each_pair each_key each_value map collect select")
_TIMES = frozenset({"times", "upto"})


class LoopReader:
    """Reads loops; statements inside them are read by `steps`."""

    def __init__(self, phraser: Phraser, steps: ReadSteps) -> None:
        self._say, self._steps = phraser, steps

    def read_for(self, node: Node) -> list[Step]:
        """Any loop that is written with `for`."""
        clause = next((child for child in parts(node) if child.type in _CLAUSES), None)
        if clause is not None and clause.type == "enumerators" and parts(clause):
            clause = parts(clause)[0]
        head = clause or node
        body = part(node, "body")
        others = [child for child in parts(node) if child not in (body, clause)]
        if body is None and others:
            body = others.pop()
        inner = self._inside([body]) if body is not None else ()
        if part(head, *_UPDATE) is not None or part(head, *_INIT) is not None:
            return self._counting(head, inner)
        if head.type == "for_numeric_clause":
            ends = [self._say.phrase(child) for child in parts(head)[:3]]
            return [Step(Kind.COUNT, dict(zip(("item", "start", "stop"), ends, strict=False)), inner)]
        item, iterable = self._ends(head, parts(head) if clause is not None else others)
        if item is None or iterable is None:
            condition = item or part(node, *CONDITION)
            if condition is None:
                return [Step(Kind.FOREVER, body=inner)]
            return [Step(Kind.WHILE, {"condition": self._say.phrase(condition)}, inner)]
        return [self._each(item, iterable, inner)]

    def read_while(self, node: Node) -> list[Step]:
        """A loop whose condition stands first, in the source or in a modifier behind it."""
        condition = part(node, *CONDITION) or parts(node)[0]
        body = [child for child in parts(node) if child != condition]
        if text(condition).strip("() ") in ("true", "True", "1"):
            return [Step(Kind.FOREVER, body=self._inside(body))]
        return [Step(Kind.WHILE, {"condition": self._say.phrase(condition)}, self._inside(body))]

    def read_repeat(self, node: Node) -> list[Step]:
        """A loop whose condition stands last."""
        condition = part(node, *CONDITION) or parts(node)[-1]
        body = [child for child in parts(node) if child != condition]
        kind = Kind.REPEAT_WHILE if "do" in node.type or "while" in node.type else Kind.REPEAT_UNTIL
        return [Step(kind, {"condition": self._say.phrase(condition)}, self._inside(body))]

    def read_forever(self, node: Node) -> list[Step]:
        """A loop that only a `break` ends."""
        return [Step(Kind.FOREVER, body=self._inside(parts(node)))]

    def read_block(self, call: Call, block: Node) -> list[Step]:
        """A call with a block: `xs.each do |x| … end`, `n.times { … }`, or any other."""
        parameters = part(block, "parameters")
        inner = self._inside(child for child in parts(block) if child != parameters)
        receiver = self._say.phrase(call.receiver) if call.receiver is not None else ""
        item = (
            self._say.phrase(parts(parameters)[0]) if parameters is not None and parts(parameters) else "item"
        )
        if call.name in _TIMES and receiver:
            return [Step(Kind.COUNT, {"item": item, "start": "0", "stop": receiver}, inner)]
        if receiver and call.name in _EACH:
            return [Step(Kind.FOR_EACH, {"item": item, "iterable": receiver}, inner)]
        name = self._say.namer.action(call.name)
        return [Step(Kind.WITH, {"value": f"{name} of {receiver}" if receiver else name}, inner)]

    def _inside(self, nodes: Iterable[Node]) -> tuple[Step, ...]:
        return tuple(self._steps(nodes))

    def _ends(self, head: Node, others: Sequence[Node]) -> tuple[Node | None, Node | None]:
        """The variable of a loop, and what it goes through."""
        item, iterable = part(head, *_ITEM), part(head, *_ITERABLE)
        if item is not None and iterable is not None:
            return item, iterable
        others = [child for child in others if child.type != "operator"]
        if len(others) < 2:
            return (others[0] if others else None), None
        # PHP and Zig name the things before the variable.
        is_reversed = head.type == "foreach_statement" or others[1].type == "payload"
        return (others[1], others[0]) if is_reversed else (others[0], others[1])

    def _each(self, item: Node, iterable: Node, inner: tuple[Step, ...]) -> Step:
        source = text(iterable).strip("() ").removeprefix("in ")
        match = _RANGE_CALL.fullmatch(text(iterable)) or _RANGE.fullmatch(source)
        if match is not None and "\n" not in source and len(source) < 50:
            ends = {"start": match["start"] or "0", "stop": self._name(match["stop"])}
            return Step(Kind.COUNT, {"item": self._say.phrase(item), **ends}, inner)
        return Step(
            Kind.FOR_EACH, {"item": self._say.phrase(item), "iterable": self._say.phrase(iterable)}, inner
        )

    def _counting(self, head: Node, inner: tuple[Step, ...]) -> list[Step]:
        """`for (init; condition; update)`: a count where it is one, else what it stands for."""
        init, update = part(head, *_INIT), part(head, *_UPDATE)
        condition = part(head, *CONDITION)
        start = self._start(init)
        if start and condition is not None and operator(condition) in ("<", "<=", ">", ">=", "!="):
            slots = {"item": start[0], "start": start[1], "stop": self._say.phrase(parts(condition)[-1])}
            return [Step(Kind.COUNT, slots, inner)]
        after = tuple(self._steps([update])) if update is not None else ()
        said = {"condition": self._say.phrase(condition)} if condition is not None else {}
        kind = Kind.WHILE if condition is not None else Kind.FOREVER
        return [*(self._steps([init]) if init is not None else ()), Step(kind, said, (*inner, *after))]

    def _start(self, init: Node | None) -> tuple[str, str] | None:
        """The variable that counts and its first value."""
        while init is not None and part(init, *RIGHT) is None and parts(init):
            init = parts(init)[-1]
        if init is None:
            return None
        target, value = part(init, *LEFT), part(init, *RIGHT)
        if target is None and init.type == "integer_literal" and init.parent is not None:
            target, value = parts(init.parent)[0], init  # C# gives the value no name
        if target is None or value is None:
            return None
        return self._say.phrase(target), self._say.phrase(value)

    def _name(self, source: str) -> str:
        source = source.strip()
        return self._say.namer.variable(source) if source.isidentifier() else source
