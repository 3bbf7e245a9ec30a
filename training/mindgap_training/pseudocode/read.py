"""From a syntax tree to steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from mindgap_training.pseudocode.calls import APPENDING, PRINTING, READING, REMOVING, read_call
from mindgap_training.pseudocode.grammars import IMPLICIT_RETURN, KEYWORD_CALLS, Form, forms, word_set
from mindgap_training.pseudocode.loops import LoopReader
from mindgap_training.pseudocode.phrases import Phraser
from mindgap_training.pseudocode.steps import CONTINUATIONS, Kind, Step
from mindgap_training.pseudocode.syntax import (
    BODY,
    CONDITION,
    LEFT,
    RIGHT,
    SUBJECT,
    Node,
    operator,
    part,
    parts,
    text,
)

_DEEPEST = 40
"""Nested deeper, code is data."""
_VERBS: Mapping[str, str] = {"+=": "add", "-=": "subtract", "*=": "multiply", "/=": "divide"}
_AUGMENTED = re.compile(r"(?:[-+*/%&|^.]|\*\*|//|<<|>>|&&|\|\||\?\?)=")
_BRANCHES = CONTINUATIONS | {Kind.IF, Kind.UNLESS, Kind.TRY}
_TRANSFER = {"return": Kind.RETURN, "throw": Kind.RAISE, "break": Kind.BREAK, "continue": Kind.CONTINUE}
_ARMS = frozenset({"match_arm", "switch_entry"})
_HEADS = word_set(
    "signature patterns variable identifier parameters argument_list method_parameters user_type "
    "function_value_parameters modifiers parameter type_parameters simple_identifier name type"
)
"""Parts of a function that are no statements, where the grammar gives it no body."""
_CAUGHT = re.compile(r"\bas\b|[\s()&|,:]")
_DEFAULTS = frozenset({"_", "default", "else", "*", "otherwise", "true", "True"})
_STREAMS = {"cin": Kind.READ, "cout": Kind.PRINT, "cerr": Kind.PRINT}


class StepReader:
    """Reads the statements of one function."""

    def __init__(self, language: str, phraser: Phraser) -> None:
        self._say = phraser
        self._language = language
        self._forms = forms(language)
        self._loops = LoopReader(phraser, self.steps)
        self._depth = 0
        self._by_form: Mapping[Form, Callable[[Node], list[Step]]] = {
            Form.SKIP: lambda _: [],
            Form.LABEL: lambda _: [],
            Form.FUNCTION: lambda _: [],
            Form.BLOCK: lambda node: self.steps(node.named_children),
            Form.ELSE: lambda node: self.steps(node.named_children),
            Form.ASSIGN: self._assignment,
            Form.DECLARATION: self._declaration,
            Form.UPDATE: self._update,
            Form.FOR: self._loops.read_for,
            Form.WHILE: self._loops.read_while,
            Form.DO_WHILE: self._loops.read_repeat,
            Form.UNTIL: self._loops.read_repeat,
            Form.LOOP: self._loops.read_forever,
            Form.IF: self._if,
            Form.UNLESS: self._if,
            Form.TRY: self._try,
            Form.CATCH: self._handler,
            Form.FINALLY: lambda node: [Step(Kind.FINALLY, body=self._inside(node.named_children))],
            Form.SWITCH: self._switch,
            Form.RETURN: lambda node: [self._with_value(Kind.RETURN, node)],
            Form.YIELD: lambda node: [self._with_value(Kind.YIELD, node)],
            Form.RAISE: lambda node: [self._with_value(Kind.RAISE, node)],
            Form.DEFER: lambda node: [self._with_value(Kind.DEFER, node)],
            Form.DELETE: lambda node: [self._with_value(Kind.DELETE, node)],
            Form.ASSERT: self._assert,
            Form.WITH: self._with,
            Form.BREAK: lambda _: [Step(Kind.BREAK)],
            Form.CONTINUE: lambda _: [Step(Kind.CONTINUE)],
            Form.CALL: self._call,
            Form.BINARY: self._binary,
            Form.UNARY: self._unary,
        }

    def function(self, body: Node) -> list[Step]:
        """The steps of a function's body; what stands last is its value, where the language says so."""
        form = self._forms.get(body.type)
        inner = (
            [child for child in parts(body) if child.type not in _HEADS] if form is Form.FUNCTION else [body]
        )
        steps = self.steps(inner)
        return _returning(steps) if form is not Form.BLOCK or self._language in IMPLICIT_RETURN else steps

    def steps(self, nodes: Iterable[Node]) -> list[Step]:
        """The steps of statements in a row."""
        if self._depth > _DEEPEST:
            return []
        self._depth += 1
        found = [step for node in nodes for step in self._statement(node)]
        self._depth -= 1
        return [step for step in found if step.slots.get("value") != "" or step.kind is not Kind.EXPRESSION]

    def _statement(self, node: Node) -> list[Step]:
        if "comment" in node.type:
            return []
        if node.type == "control_transfer_statement":
            return self._transfer(node)
        if node.type == "match" and self._language == "haskell":
            return self._equation(node)
        form = self._forms.get(node.type)
        read = self._by_form.get(form) if form else None
        if read is not None:
            return read(node)
        said = text(node).strip()
        if said in ("break", "continue"):
            return [Step(_TRANSFER[said])]
        if form is Form.STRING or node.type in ("parameters", "identifier_list"):
            return []  # a docstring
        if form is Form.INNER and parts(node):
            return self._statement(parts(node)[-1])
        return [Step(Kind.EXPRESSION, {"value": self._say.phrase(node)})]

    def _inside(self, nodes: Iterable[Node]) -> tuple[Step, ...]:
        return tuple(self.steps(nodes))

    def _with_value(self, kind: Kind, node: Node) -> Step:
        values = [child for child in parts(node) if child.type != "throw_keyword"]
        if not values:
            return Step(kind, {"value": ""})
        inner = values[0]
        while inner.type == "expression_statement" and parts(inner):
            inner = parts(inner)[0]
        if kind is Kind.RAISE:
            value = self._say.made(inner)
        elif kind is Kind.DEFER and self._forms.get(inner.type) is Form.CALL:
            value = self._say.call(inner, is_command=True)
        else:
            value = self._say.phrase(inner)
        return Step(kind, {"value": value})

    def _declaration(self, node: Node) -> list[Step]:
        found: list[Step] = []
        for child in parts(node):
            form = self._forms.get(child.type)
            if form in (Form.ASSIGN, Form.DECLARATION):
                found += self._statement(child)
        declared = node.children_by_field_name("declarator")
        for child in declared if not found or len(declared) > 1 else ():
            if self._forms.get(child.type) is not Form.ASSIGN and child.type != "function_declarator":
                found.append(Step(Kind.DECLARE, {"target": self._say.phrase(child)}))
        return found

    def _assignment(self, node: Node) -> list[Step]:
        target, value = self._ends(node)
        if target is None:
            return []
        if value is None or value == target:
            return [Step(Kind.DECLARE, {"target": self._say.phrase(target)})]
        target, value = self._only(target), self._only(value)
        sign = operator(node)
        if _AUGMENTED.fullmatch(sign):
            return [self._augmented(sign, target, value)]
        if self._forms.get(target.type) is Form.INDEX and len(parts(target)) == 1:
            return [self._appending(parts(target)[0], value)]  # `$out[] = x`
        if self._forms.get(value.type) in (Form.LAMBDA, Form.FUNCTION):
            return []
        targets, values = text(target).replace(" ", ""), text(value).replace(" ", "")
        if targets.count(",") == 1 and ",".join(reversed(targets.strip("[]()").split(","))) == values.strip(
            "[]()"
        ):
            ends = [self._say.phrase(child) for child in parts(target)]
            return [Step(Kind.SWAP, {"target": ends[0], "value": ends[-1]})]
        if self._forms.get(value.type) is Form.CALL:
            call = read_call(value, self._forms)
            if call.name == "append" and len(call.arguments) == 2 and text(call.arguments[0]) == text(target):
                return [self._appending(target, call.arguments[1])]
        return self._plain_assignment(target, value)

    def _plain_assignment(self, target: Node, value: Node) -> list[Step]:
        name = text(target)
        if self._forms.get(value.type) is Form.BINARY and len(parts(value)) >= 2:
            left, right, sign = parts(value)[0], parts(value)[-1], f"{operator(value)}="
            if text(left) == name and sign in _VERBS:
                return [self._augmented(sign, target, right)]
        if self._forms.get(value.type) in (Form.SWITCH, Form.TRY) or (
            self._forms.get(value.type) is Form.IF and "\n" in text(value)
        ):
            return [*self.steps([value])]
        return [Step(Kind.ASSIGN, {"target": self._say.phrase(target), "value": self._say.phrase(value)})]

    def _ends(self, node: Node) -> tuple[Node | None, Node | None]:
        """What is assigned to, and what is assigned."""
        children = [
            child
            for child in parts(node)
            if child.type not in ("operator", "modifiers", "value_binding_pattern")
        ]
        target = part(node, *LEFT) or (children[0] if children else None)
        value = part(node, *RIGHT)
        if value is None and len(children) > 1 and "type" not in children[-1].type:
            value = children[-1]
        if target is not None and target.type == "variable_list":
            value = parts(children[-1])[-1] if len(parts(children[-1])) == 1 else children[-1]
        return target, value

    def _only(self, node: Node) -> Node:
        """The one value in a list of values without brackets, as Go and Lua write them."""
        is_list = node.type in ("expression_list", "variable_list") and len(parts(node)) == 1
        return parts(node)[0] if is_list else node

    def _augmented(self, sign: str, target: Node, value: Node) -> Step:
        name, amount = self._say.phrase(target), self._say.phrase(value)
        if sign in ("+=", "-=") and text(value) == "1":
            return Step(Kind.INCREMENT if sign == "+=" else Kind.DECREMENT, {"target": name})
        if sign in _VERBS:
            return Step(Kind.AUGMENT, {"target": name, "value": amount, "verb": _VERBS[sign]})
        return Step(Kind.ASSIGN, {"target": name, "value": f"{name} {sign[:-1]} {amount}"})

    def _appending(self, target: Node, value: Node) -> Step:
        return Step(Kind.APPEND, {"target": self._say.phrase(target), "value": self._say.phrase(value)})

    def _unary(self, node: Node) -> list[Step]:
        if operator(node) in ("++", "--"):
            return self._update(node)
        return [Step(Kind.EXPRESSION, {"value": self._say.phrase(node)})]

    def _update(self, node: Node) -> list[Step]:
        kind = Kind.DECREMENT if "--" in text(node) else Kind.INCREMENT
        return [Step(kind, {"target": self._say.phrase(parts(node)[0])})] if parts(node) else []

    def _transfer(self, node: Node) -> list[Step]:
        kind = _TRANSFER.get(text(node).split(None, 1)[0])
        if kind is None:
            return []
        return [self._with_value(kind, node) if kind in (Kind.RETURN, Kind.RAISE) else Step(kind)]

    def _if(self, node: Node) -> list[Step]:
        is_unless = self._forms.get(node.type) is Form.UNLESS
        kind = Kind.UNLESS if is_unless else Kind.IF
        before = part(node, "initializer")
        first = self.steps([before]) if before is not None else []
        return [*first, *self._branches(node, kind)]

    def _branches(self, node: Node, kind: Kind) -> list[Step]:
        """A condition with its branch, and behind it the alternatives."""
        conditions = [child for name in CONDITION for child in node.children_by_field_name(name)]
        conditions = [child for child in conditions if child.is_named] or parts(node)[:1]
        children = _without(node, conditions)
        then: list[Node] = []
        alternatives: list[Node] = []
        is_else = False
        for child, name in children:
            if text(child) == "else":
                is_else = True
                continue
            form = self._forms.get(child.type)
            is_alternative = is_else or name in ("alternative", "else") or form in (Form.ELSE, Form.ELSE_IF)
            if child.is_named and name != "initializer":
                (alternatives if is_alternative else then).append(child)
        condition = self._say.phrase(conditions[-1]) if conditions else ""
        found = [Step(kind, {"condition": condition}, self._inside(then))]
        for alternative in alternatives:
            found += self._alternative(alternative)
        return found

    def _alternative(self, node: Node) -> list[Step]:
        form = self._forms.get(node.type)
        if form in (Form.IF, Form.ELSE_IF):
            return self._branches(node, Kind.ELSE_IF)
        children = parts(node)
        if form is Form.ELSE and len(children) == 1 and self._forms.get(children[0].type) is Form.IF:
            return self._branches(children[0], Kind.ELSE_IF)
        return [Step(Kind.ELSE, body=self._inside([node]))]

    def _try(self, node: Node) -> list[Step]:
        guarded: list[Node] = []
        handlers: list[Step] = []
        for child in parts(node):
            if self._forms.get(child.type) in (Form.CATCH, Form.FINALLY):
                handlers += self._statement(child)
            else:
                guarded.append(child)
        body = self._inside(guarded)
        return [Step(Kind.TRY, body=body), *handlers] if handlers else list(body)

    def _handler(self, node: Node) -> list[Step]:
        cases = [step for child in parts(node) if child.type == "case_block" for step in self._cases(child)]
        if cases:
            return [replace(step, kind=Kind.CATCH, slots={"value": ""}) for step in cases]
        body = part(node, "body")
        blocks = [child for child in parts(node) if self._forms.get(child.type) is Form.BLOCK]
        inner = [body] if body is not None else blocks or parts(node)[-1:]
        heads = [child for child in parts(node) if child not in inner and child.type != "catch_keyword"]
        caught = _CAUGHT.split(text(heads[0]).strip("()").removeprefix("const "))[0] if heads else ""
        slots = {"value": self._say.namer.action(caught) if caught else ""}
        return [Step(Kind.CATCH, slots, self._inside(inner))]

    def _switch(self, node: Node) -> list[Step]:
        subject = part(node, *SUBJECT)
        children = [child for child in parts(node) if child != subject]
        if subject is None and children:
            subject = children.pop(0)
        cases = [case for child in children for case in self._cases(child)]
        slots = {"subject": self._say.phrase(subject) if subject is not None else "the case"}
        return [Step(Kind.SWITCH, slots), *cases] if cases else []

    def _cases(self, node: Node) -> list[Step]:
        form = self._forms.get(node.type)
        if form not in (Form.CASE, Form.ELSE, Form.SWITCH):
            return [case for child in parts(node) for case in self._cases(child)]
        label = part(node, "pattern", "condition", "left") or next(
            (child for child in parts(node) if self._forms.get(child.type) is Form.LABEL), None
        )
        body = [child for child in parts(node) if child != label]
        if form is Form.CASE and label is None and node.type not in _ARMS:
            label = part(node, "value")
            body = [child for child in body if child != label]
        if form is Form.CASE and label is None and body and "default" not in text(node)[:9] and len(body) > 1:
            label, body = body[0], body[1:]
        if label is None or form is Form.ELSE or text(label).strip() in _DEFAULTS:
            return [Step(Kind.DEFAULT, body=self._inside(body))]
        return [Step(Kind.CASE, {"value": self._say.phrase(label)}, self._inside(body))]

    def _assert(self, node: Node) -> list[Step]:
        return [Step(Kind.ASSERT, {"condition": self._say.phrase(parts(node)[0])})]

    def _with(self, node: Node) -> list[Step]:
        body = part(node, *BODY)
        heads = [child for child in parts(node) if child != body]
        slots = {"value": self._say.phrase(heads[0]) if heads else "the resource"}
        return [Step(Kind.WITH, slots, self._inside([body] if body is not None else []))]

    def _call(self, node: Node) -> list[Step]:
        call = read_call(node, self._forms)
        if (form := KEYWORD_CALLS.get(call.name)) is not None and call.receiver is None:
            return self._keyword(form, node, list(call.arguments))
        block = part(node, "block")
        if block is not None and parts(block):
            return self._loops.read_block(call, block)
        name = call.name.rstrip("!").lower() if call.name not in APPENDING else call.name
        values = [self._say.phrase(argument) for argument in call.arguments]
        receiver = self._say.phrase(call.receiver) if call.receiver is not None else ""
        if name in APPENDING and receiver and len(values) == 1:
            return [Step(Kind.APPEND, {"target": receiver, "value": values[0]})]
        if name in APPENDING and not receiver and len(values) == 2:
            return [Step(Kind.APPEND, {"target": values[0], "value": values[1]})]
        if name == "insert" and receiver and len(values) == 1:
            return [Step(Kind.APPEND, {"target": receiver, "value": values[0]})]
        if name == "swap" and len(values) == 2:
            return [Step(Kind.SWAP, {"target": values[0], "value": values[1]})]
        if name in PRINTING:
            return [Step(Kind.PRINT, {"value": ", ".join(values[:3]) or "an empty line"})]
        if name in READING and values:
            return [Step(Kind.READ, {"value": values[-1]})]
        if name in REMOVING and receiver and len(values) == 1:
            return [Step(Kind.DELETE, {"value": f"{values[0]} from {receiver}"})]
        return [Step(Kind.CALL, {"value": self._say.call(node, is_command=True)})]

    def _keyword(self, form: Form, node: Node, arguments: list[Node]) -> list[Step]:
        """`if`, `raise` and the like, where the grammar takes them for calls."""
        blocks = [child for child in parts(node) if child.type == "do_block"]
        inner = [child for block in blocks for child in parts(block)]
        values = {"value": self._say.phrase(arguments[0]) if arguments else ""}
        match form:
            case Form.IF | Form.UNLESS:
                other = [child for child in inner if child.type == "else_block"]
                then = self._inside(child for child in inner if child not in other)
                kind = Kind.UNLESS if form is Form.UNLESS else Kind.IF
                steps = [Step(kind, {"condition": values["value"]}, then)]
                return steps + [Step(Kind.ELSE, body=self._inside([child])) for child in other]
            case Form.SWITCH:
                cases = [case for child in inner for case in self._cases(child)]
                return [Step(Kind.SWITCH, {"subject": values["value"] or "the first that holds"}), *cases]
            case Form.RAISE:
                return [Step(Kind.RAISE, values)]
            case Form.RETURN:
                return [Step(Kind.RETURN, values)]
            case Form.DEFER:
                return [Step(Kind.DEFER, values)]
            case Form.ASSERT:
                return [Step(Kind.ASSERT, {"condition": values["value"]})]
            case Form.BREAK:
                return [Step(Kind.BREAK)]
            case Form.CONTINUE:
                return [Step(Kind.CONTINUE)]
            case _:
                return self.steps(inner)

    def _binary(self, node: Node) -> list[Step]:
        children, sign = parts(node), operator(node)
        if len(children) < 2:
            return []
        left, right = children[0], children[-1]
        if sign == "=":
            return self._assignment(node)
        if _AUGMENTED.fullmatch(sign):
            return [self._augmented(sign, left, right)]
        if sign in ("<<", ">>"):
            stream = text(left).split(None, 1)[0].removeprefix("std::")
            if stream in _STREAMS:
                return self._stream(_STREAMS[stream], node)
            if sign == "<<":
                return [self._appending(left, right)]
        return [Step(Kind.EXPRESSION, {"value": self._say.phrase(node)})]

    def _stream(self, kind: Kind, node: Node) -> list[Step]:
        """`cin >> a >> b`, `cout << a << endl`."""
        values: list[Node] = []
        while self._forms.get(node.type) is Form.BINARY and operator(node) in ("<<", ">>"):
            values.insert(0, parts(node)[-1])
            node = parts(node)[0]
        shown = [self._say.phrase(value) for value in values if text(value) not in ("endl", '"\\n"', "'\\n'")]
        return [Step(kind, {"value": ", ".join(shown[:4]) or "a line break"})]

    def _equation(self, node: Node) -> list[Step]:
        """One `| guard = value` or `= value` of Haskell."""
        guard, value = part(node, "guards"), part(node, "expression")
        if value is None:
            return []
        steps = self.steps([value])
        if steps and steps[-1].kind in (Kind.EXPRESSION, Kind.CALL):
            steps[-1] = Step(Kind.RETURN, {"value": self._say.phrase(value)})
        if guard is None:
            return steps
        if text(guard) == "otherwise":
            return [Step(Kind.ELSE, body=tuple(steps))]
        return [replace(Step(Kind.IF, {"condition": self._say.phrase(guard)}), body=tuple(steps))]


def _returning(steps: Sequence[Step]) -> list[Step]:
    """The last expression, in each branch if there are branches, becomes what is returned."""
    found = list(steps)
    for i in range(len(found) - 1, -1, -1):
        step = found[i]
        if step.kind is Kind.EXPRESSION:
            found[i] = replace(step, kind=Kind.RETURN)
        elif step.kind in _BRANCHES:
            found[i] = replace(step, body=tuple(_returning(step.body)))
        if step.kind not in CONTINUATIONS:
            break
    return found


def _without(node: Node, left_out: list[Node]) -> list[tuple[Node, str | None]]:
    """All children of a node with their field names."""
    children = ((child, node.field_name_for_child(i)) for i, child in enumerate(node.children))
    return [(child, name) for child, name in children if child not in left_out]
