"""Steps in words: line by line, as a summary of steps, as one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

from mindgap_training.pseudocode.steps import CONTINUATIONS, LOOPS, Kind, Step

_TEMPLATES: Mapping[Kind, tuple[str, ...]] = {
    Kind.ASSIGN: (
        "set {target} to {value}",
        "let {target} be {value}",
        "{target} = {value}",
        "{target} <- {value}",
        "assign {value} to {target}",
        "store {value} in {target}",
        "{target} is {value}",
        "create {target} with value {value}",
    ),
    Kind.DECLARE: ("declare {target}", "create variable {target}", "let {target} be a variable"),
    Kind.INCREMENT: ("increment {target}", "increase {target} by 1", "add 1 to {target}", "{target} += 1"),
    Kind.DECREMENT: (
        "decrement {target}",
        "decrease {target} by 1",
        "subtract 1 from {target}",
        "{target} -= 1",
    ),
    Kind.SWAP: ("swap {target} and {value}", "exchange {target} with {value}"),
    Kind.APPEND: (
        "append {value} to {target}",
        "add {value} to {target}",
        "put {value} at the end of {target}",
        "push {value} onto {target}",
    ),
    Kind.FOR_EACH: (
        "for each {item} in {iterable}",
        "for {item} in {iterable}",
        "loop over {iterable} with {item}",
        "iterate over {iterable}",
        "go through every {item} of {iterable}",
        "for all {item} in {iterable} do",
    ),
    Kind.COUNT: (
        "for {item} from {start} to {stop}",
        "for {item} = {start} to {stop} do",
        "loop {item} from {start} up to {stop}",
        "repeat for {item} between {start} and {stop}",
        "count {item} from {start} to {stop}",
    ),
    Kind.WHILE: (
        "while {condition}",
        "while {condition} do",
        "as long as {condition}",
        "loop while {condition}",
    ),
    Kind.REPEAT_WHILE: ("do the following while {condition}", "repeat as long as {condition}"),
    Kind.REPEAT_UNTIL: ("repeat until {condition}", "do the following until {condition}"),
    Kind.FOREVER: ("loop forever", "repeat", "loop until done", "while true"),
    Kind.IF: ("if {condition}", "if {condition} then", "when {condition}", "check if {condition}"),
    Kind.UNLESS: ("unless {condition}", "if not {condition}", "make sure that {condition}, or else"),
    Kind.ELSE_IF: ("else if {condition}", "otherwise if {condition}", "or if {condition}"),
    Kind.ELSE: ("else", "otherwise", "if not"),
    Kind.SWITCH: (
        "depending on {subject}",
        "switch on {subject}",
        "look at {subject}",
        "choose by {subject}",
    ),
    Kind.CASE: ("in case of {value}", "case {value}", "if it is {value}"),
    Kind.DEFAULT: ("in any other case", "default", "otherwise"),
    Kind.RETURN: ("return {value}", "give back {value}", "the result is {value}", "return {value}"),
    Kind.YIELD: ("yield {value}", "produce {value}", "hand out {value}"),
    Kind.RAISE: ("raise {value}", "throw {value}", "fail with {value}", "signal the error {value}"),
    Kind.TRY: ("try", "try to", "attempt the following"),
    Kind.CATCH: ("if {value} occurs", "catch {value}", "on error {value}", "on {value}"),
    Kind.FINALLY: ("finally", "in the end", "in any case"),
    Kind.WITH: ("with {value}", "using {value}", "open {value} and"),
    Kind.DEFER: ("at the end {value}", "defer {value}", "later {value}"),
    Kind.ASSERT: ("assert that {condition}", "make sure that {condition}", "require that {condition}"),
    Kind.DELETE: ("remove {value}", "delete {value}"),
    Kind.PRINT: ("print {value}", "output {value}", "show {value}", "write {value}"),
    Kind.READ: ("read {value}", "get {value} from the input", "read input into {value}"),
    Kind.BREAK: ("stop the loop", "break", "leave the loop", "exit the loop"),
    Kind.CONTINUE: ("continue", "skip to the next one", "go on with the next", "skip it"),
    Kind.CALL: ("{value}",),
    Kind.EXPRESSION: ("{value}", "compute {value}", "evaluate {value}"),
}
_EMPTY: Mapping[Kind, tuple[str, ...]] = {
    Kind.RETURN: ("return", "stop here", "be done"),
    Kind.YIELD: ("yield", "hand over"),
    Kind.RAISE: ("raise the error again", "pass the error on"),
    Kind.CATCH: ("on error", "if it fails", "catch any error"),
}
_AUGMENT: Mapping[str, tuple[str, ...]] = {
    "add": ("add {value} to {target}", "increase {target} by {value}", "{target} += {value}"),
    "subtract": ("subtract {value} from {target}", "decrease {target} by {value}", "{target} -= {value}"),
    "multiply": ("multiply {target} by {value}", "{target} = {target} * {value}"),
    "divide": ("divide {target} by {value}", "{target} = {target} / {value}"),
}
_TELLING = (Kind.RETURN, Kind.YIELD, Kind.APPEND, Kind.AUGMENT, Kind.PRINT, Kind.SWAP, Kind.RAISE, Kind.CALL)
_TRIVIAL = frozenset({Kind.DECLARE, Kind.BREAK, Kind.CONTINUE})
_OPENING = LOOPS | {Kind.IF, Kind.UNLESS, Kind.SWITCH, Kind.WITH}
_INDENTS = ("  ", "    ", "\t", "")
_MOST_LINES, _MOST_STEPS, _MOST_PARTS = 40, 8, 4


class Writer:
    """Writes the steps of one text; templates are chosen at random, but seldom the same twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._favourites: dict[Kind, str] = {}

    def lines(self, steps: Sequence[Step]) -> str:
        """Every step on a line of its own, what is inside indented."""
        rng = self._rng
        indent, end, colon = rng.choice(_INDENTS), rng.choice(("", "", ".", ";")), rng.choice(("", ":", ","))
        number = rng.random() < 0.1
        lines = list(self._lines(steps, "", indent, colon))[:_MOST_LINES]
        finished = [line if line.endswith((":", ",")) else line + end for line in lines]
        return (
            "\n".join(f"{i}. {line}" for i, line in enumerate(finished, 1)) if number else "\n".join(finished)
        )

    def summary(self, steps: Sequence[Step]) -> str:
        """The outermost steps, what is inside them in a few words; declarations left out."""
        told = [step for step in steps if step.kind not in _TRIVIAL] or list(steps)
        lines = [self._with_inside(step, 2) for step in told[:_MOST_STEPS]]
        return self._rng.choice(("\n", "\n", "; ", ", then ")).join(lines)

    def sentence(self, steps: Sequence[Step]) -> str:
        """The most telling steps in one sentence."""
        chosen = _telling(steps)
        joined = self._step(chosen[0])
        for before, step in pairwise(chosen):
            # Between a condition and what it leads to stands no `and`.
            is_last = step is chosen[-1] and before.kind not in _OPENING
            joined += (
                self._rng.choice((" and ", ", then ", " and finally ")) if is_last else ", "
            ) + self._step(step)
        return joined

    def _lines(self, steps: Sequence[Step], at: str, indent: str, colon: str) -> Iterator[str]:
        for step in steps:
            said = self._step(step)
            if not step.body or step.kind in (Kind.CALL,):
                yield at + said
                continue
            inside = list(self._lines(step.body, at + indent, indent, colon))
            yield at + said + colon
            yield from inside

    def _with_inside(self, step: Step, most: int) -> str:
        said = self._step(step)
        inside = [inner for inner in step.body if inner.kind not in _TRIVIAL] or list(step.body)
        if not inside or most == 0:
            return said
        told = [self._with_inside(inner, most - 1) for inner in inside[:_MOST_PARTS]]
        return f"{said}{self._rng.choice((': ', ', ', ' '))}{', '.join(told)}"

    def _step(self, step: Step) -> str:
        templates = _TEMPLATES.get(step.kind, ())
        if step.kind is Kind.AUGMENT:
            templates = _AUGMENT[step.slots["verb"]]
        elif step.kind in _EMPTY and not step.slots.get("value"):
            templates = _EMPTY[step.kind]
        favourite = self._favourites.get(step.kind)
        # A writer has habits, but is no machine.
        if favourite not in templates or self._rng.random() < 0.4:
            favourite = self._favourites[step.kind] = self._rng.choice(templates)
        return " ".join(favourite.format(**step.slots).split())


def _flatten(steps: Iterable[Step], depth: int = 0) -> Iterator[tuple[int, Step]]:
    for step in steps:
        yield depth, step
        yield from _flatten(step.body, depth + 1)


def _telling(steps: Sequence[Step]) -> list[Step]:
    """At most four steps, in order: a loop or condition with what happens in it, and the result."""
    first = next((step for step in steps if step.kind in LOOPS), None)
    first = first or next((step for step in steps if step.kind in (Kind.IF, Kind.SWITCH, Kind.WITH)), None)
    chosen: list[Step] = []
    if first is not None:
        chosen.append(first)
        inside = [step for _, step in _flatten(first.body)]
        condition = next((step for step in first.body if step.kind is Kind.IF), None)
        holder = condition.body if condition is not None else inside
        action = next((step for step in holder if step.kind in _TELLING), None) or next(iter(holder), None)
        if action is not None:
            chosen += [condition, action] if condition is not None else [action]
    else:
        chosen += [step for step in steps if step.kind in _TELLING[1:]][:2]
    results = [step for step in steps if step.kind in (Kind.RETURN, Kind.YIELD)]
    chosen += [step for step in results[-1:] if step not in chosen]
    if not chosen:
        chosen = [step for step in steps if step.kind not in CONTINUATIONS][:3]
    return chosen or list(steps[:1])
