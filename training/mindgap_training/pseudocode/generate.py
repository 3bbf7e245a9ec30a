"""The generator: code in, pseudocode out, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from random import Random

from mindgap_training.corpora.splits import position
from mindgap_training.pairs import Pair
from mindgap_training.pseudocode.grammars import Form, forms
from mindgap_training.pseudocode.names import Namer
from mindgap_training.pseudocode.phrases import Phraser
from mindgap_training.pseudocode.read import StepReader
from mindgap_training.pseudocode.steps import Step
from mindgap_training.pseudocode.syntax import Node, descend, parse, part, parts, text
from mindgap_training.pseudocode.wording import Writer


class Level(StrEnum):
    """How much a pseudocode tells."""

    LINES = "lines"
    """Every statement on a line."""
    STEPS = "steps"
    """The outermost steps, each with what happens inside in a few words."""
    SENTENCE = "sentence"
    """What matters most, in one sentence."""


_SIGNATURE_SHARE = 0.3
"""Of the texts begin with the function's name and parameters."""
_FEWEST_WORDS = 3


def pseudocode(code: str, language: str, level: Level, seed: int) -> str | None:
    """Pseudocode of a function, or of statements that stand in none.

    None where there is nothing to tell: no grammar, code that the grammar cannot read, an empty function.
    """
    root = parse(code, language)
    if root is None:
        return None
    rng = Random(f"{seed}:{level}")
    namer = Namer(rng)
    reader = StepReader(language, Phraser(language, rng, namer))
    steps = reader.function(function_body(root, language))
    if not steps:
        return None
    said = _write(steps, level, rng)
    function = _function(root, language)
    if function is not None and rng.random() < _SIGNATURE_SHARE:
        said = _with_signature(said, function, level, rng, namer)
    return said if len(said.split()) >= _FEWEST_WORDS else None


def synthetic_pairs(
    pairs: Iterable[Pair], seed: int, levels: Sequence[Level] = tuple(Level), per_code: int = 1
) -> list[Pair]:
    """Pairs of pseudocode and code from the code of other pairs; their queries are not looked at.

    Each code gets `per_code` levels, chosen by seed and identity: the order of the pairs does not matter.
    """
    return [made for pair in pairs for made in _of_pair(pair, seed, levels, per_code)]


def _of_pair(pair: Pair, seed: int, levels: Sequence[Level], per_code: int) -> Iterator[Pair]:
    for level in sorted(levels, key=lambda level: position(f"{pair.id}#{level}", seed))[:per_code]:
        own_seed = int(position(f"{pair.id}#{level}", seed) * 2**53)
        query = pseudocode(pair.code, pair.language, level, own_seed)
        if query is not None:
            source = f"synthetic:{pair.source}" if pair.source else "synthetic"
            yield replace(pair, id=f"{pair.id}#{level}", query=query, source=source)


def _write(steps: Sequence[Step], level: Level, rng: Random) -> str:
    writer = Writer(rng)
    match level:
        case Level.LINES:
            return writer.lines(steps)
        case Level.STEPS:
            return writer.summary(steps)
        case Level.SENTENCE:
            return writer.sentence(steps)


def _function(root: Node, language: str) -> Node | None:
    named = descend(root, language, Form.FUNCTION)
    if named is not None or language != "elixir":
        return named
    return next(
        (node for node in _calls(root) if text(node).startswith(("def ", "defp ", "defmacro "))), None
    )


def _calls(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "call":
            yield child
        yield from _calls(child)


def function_body(root: Node, language: str) -> Node:
    """What the function consists of; without a function, the whole."""
    function = _function(root, language)
    if function is None:
        bound = descend(root, language, Form.LAMBDA)
        # `const f = (x) => …` and nothing else.
        function = bound if bound is not None and _is_all(bound, root) else None
    return root if function is None else _body(function, language)


def _is_all(node: Node, root: Node) -> bool:
    """No statement stands beside the one that holds the node."""
    at = node
    while at.parent is not None and at.parent != root:
        at = at.parent
    others = [child for child in parts(root) if child != at and not child.type.startswith("import")]
    return not others and len(text(node)) > len(text(at)) // 2


def _body(function: Node, language: str) -> Node:
    body = part(function, "body")
    if body is not None:
        return body
    table = forms(language)
    blocks = [child for child in parts(function) if table.get(child.type) is Form.BLOCK]
    return blocks[-1] if blocks else function


def _with_signature(said: str, function: Node, level: Level, rng: Random, namer: Namer) -> str:
    name = part(function, "name", "declarator")
    while name is not None and part(name, "declarator") is not None:
        name = part(name, "declarator")
    if name is None or "\n" in text(name):
        return said
    spoken = namer.action(text(name).rsplit("::", 1)[-1])
    if level is Level.LINES:
        return f"{rng.choice(('function', 'define', 'procedure', 'to'))} {spoken}\n{said}"
    return f"{spoken}{rng.choice((': ', ' - ', ', '))}{said}"
