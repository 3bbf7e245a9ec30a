"""Finding definitions, with names, doc comments and nesting, by a language's tree-sitter query."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import tree_sitter

from mindgap_indexer.languages import Grammar, Language
from mindgap_indexer.parsing.pieces import pieces, row_range, torn_body, torn_rows
from mindgap_indexer.parsing.preprocessor import blank_preprocessor
from mindgap_indexer.parsing.prose import clean_comment, clean_comments
from mindgap_indexer.parsing.text import SourceText, with_line_end
from mindgap_indexer.types import CALLABLE, Kind

_PROTOTYPE = "prototype"
MAX_DEPTH = 2_000
"""Definitions nested deeper in the syntax tree are not looked for: past 65,535 a query would never end."""

_KINDS = {kind.value: kind for kind in Kind} | {_PROTOTYPE: Kind.FUNCTION}
_SCOPE, _CLASS_SCOPE, _FILE_SCOPE = "scope", "scope.class", "scope.file"
_DEFINING = {*_KINDS, _SCOPE, _CLASS_SCOPE, _FILE_SCOPE}
_PATHS = {"qualified_identifier", "template_function", "template_type"}
"""Nodes of C++ that are a name with what stands around it."""
_ARGUMENTS = re.compile(r"<[^<>]*>")
_SYMBOL = re.compile(rb":\w")
"""How Ruby writes a name that is an argument; the name is without the colon."""
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(slots=True)
class Definition:
    """A definition (or, with kind None, a mere scope) between its query match and its unit."""

    kind: Kind | None
    name: str
    name_start: int
    name_end: int
    start: int
    """First byte of the range, decorators and `export` included."""
    head: int
    """First byte of the definition itself: where the signature starts."""
    end: int
    body_start: int
    """First byte of the body; `end` if it has none."""
    claims: frozenset[tuple[str, int, int]] = frozenset()
    """Its node and its body: neither makes a second definition, so `const f = function g() {}` is f alone."""
    is_prototype: bool = False
    """Without a body by nature; inside a function it is a local variable that looks like one."""
    is_class_scope: bool = False
    is_file_scope: bool = False
    """Without a body of its own: holds all that follows."""
    owner: str = ""
    """A scope written at the definition itself."""
    is_owned: bool = False
    """That scope makes a function a method, as a mere namespace does not."""
    arity: int = 0
    """Number of parameters, where the query captures them: tells the clauses of two functions apart."""
    doc: str = ""
    doc_range: tuple[int, int] | None = None
    """Bytes of a doc comment inside the definition, to be cut out of its body."""
    doc_start: int = -1
    """First byte of a doc comment above; -1 if there is none."""
    parent: Definition | None = None
    children: list[Definition] = field(default_factory=list["Definition"])


@dataclass(frozen=True, slots=True)
class Found:
    """All definitions of a file by position, and the byte ranges of its comments."""

    definitions: list[Definition]
    comments: list[tuple[int, int]]
    has_errors: bool


def find_definitions(source: SourceText, language: Language, grammar: Grammar) -> Found:
    """The definitions of a file. May take for ever, see guard.py."""
    data, attributes = _readable(source, language)
    tree = _parse(data, grammar)
    definitions: list[Definition] = []
    taken: set[tuple[str, int, int]] = set()
    comments: list[tuple[int, int]] = []
    wrappers: list[tuple[int, int]] = []
    torn = torn_rows(tree.root_node) if language.stops_at_errors else ()
    in_pieces = (_matches_of_pieces(source, data, grammar, *rows) for rows in torn)
    for captures in chain(_matches(data, grammar, tree), chain.from_iterable(in_pieces)):
        if "comment" in captures:
            comments += ((node.start_byte, node.end_byte) for node in captures["comment"])
        elif "attribute" in captures:
            attributes += ((node.start_byte, node.end_byte) for node in captures["attribute"])
        elif "wrapper" in captures:
            wrappers += ((node.start_byte, node.end_byte) for node in captures["wrapper"])
        else:
            definition = _from_match(source, captures)
            # An earlier pattern of the query file is the more specific one.
            if definition is not None and taken.isdisjoint(definition.claims):
                taken |= definition.claims
                definitions.append(definition)
    comments = sorted(set(comments))
    definitions.sort(key=lambda d: (d.start, -d.end))
    _widen(source, definitions, sorted(wrappers))
    _take_attributes(source, definitions, attributes)
    definitions.sort(key=lambda d: (d.start, -d.end))
    _attach_docs(source, definitions, comments, attributes)
    definitions = _nest(source, definitions, comments if language.merge_adjacent else None)
    definitions = _without_empty_scopes(definitions)
    return Found(definitions, comments, tree.root_node.has_error)


def _readable(source: SourceText, language: Language) -> tuple[bytes, list[tuple[int, int]]]:
    """The file with blanks, which move no offset, for what its grammar cannot read; attributes among it."""
    # A byte order mark confuses several grammars.
    data = b" " * source.start + source.data[source.start :] if source.start else source.data
    data = _as_utf8(data)
    return blank_preprocessor(data) if language.has_preprocessor else (data, [])


def _as_utf8(data: bytes) -> bytes:
    """The file, every byte that is not UTF-8 a letter: text predicates of queries fail over such bytes."""
    if data.isascii():
        return data
    escaped = data.decode("utf-8", "surrogateescape")
    return _NOT_UTF8.sub("_", escaped).encode()


def _matches(
    data: bytes, grammar: Grammar, tree: tree_sitter.Tree
) -> Iterator[dict[str, list[tree_sitter.Node]]]:
    """The captures of all matches, those of earlier patterns first; then those in embedded code."""
    # No progress callback here: with one, the binding (0.26.1) crashes the process.
    cursor = tree_sitter.QueryCursor(grammar.query)
    cursor.set_max_start_depth(MAX_DEPTH)
    matches = cursor.matches(tree.root_node)
    embedded: list[tree_sitter.Node] = []
    for _, captures in sorted(matches, key=lambda match: match[0]):
        if "embedded" in captures:
            embedded += captures["embedded"]
        else:
            yield captures
    for node in embedded:
        first, last = node.children[0], node.children[-1]
        content = tree_sitter.Range(first.end_point, last.start_point, first.end_byte, last.start_byte)
        inner = _parse(data, grammar, content)
        if not inner.root_node.has_error:
            yield from _matches(data, grammar, inner)


def _matches_of_pieces(
    source: SourceText, data: bytes, grammar: Grammar, first: int, stop: int
) -> Iterator[dict[str, list[tree_sitter.Node]]]:
    """The captures in the pieces of rows [first, stop), and in the pieces of those with errors in turn."""
    for start, end in pieces(source, first, stop):
        tree = _parse(data, grammar, row_range(source, start, end))
        yield from _matches(data, grammar, tree)
        if tree.root_node.has_error:
            yield from _matches_of_pieces(source, data, grammar, start + 1, end)


def _parse(data: bytes, grammar: Grammar, part: tree_sitter.Range | None = None) -> tree_sitter.Tree:
    """The syntax tree of a file or of a part of it."""
    parser = tree_sitter.Parser(grammar.language)
    if part is not None:
        parser.included_ranges = [part]
    # Whole, not by a callback, although the parser could then be stopped: all that a callback gives is never
    # freed by the binding (0.26.1), and after some ten thousand files that is hundreds of megabytes.
    return parser.parse(with_line_end(data))


def _from_match(source: SourceText, captures: dict[str, list[tree_sitter.Node]]) -> Definition | None:
    capture = next((name for name in captures if name in _DEFINING), None)
    if capture is None:
        return None
    # A definition of several nodes, a macro's call and the block behind it, is captured at each end.
    node, end_node, path = captures[capture][0], captures[capture][-1], ""
    name_start = name_end = node.start_byte
    if "name" in captures:
        path, name_start, name_end = _name(source, captures["name"])
    name = source.text(name_start, name_end).strip()
    if not name and capture not in (_SCOPE, _CLASS_SCOPE):
        return None
    if capture == _FILE_SCOPE and node.parent:
        # `namespace A;` ends with what it stands in.
        end_node = node.parent
    end, body_start = end_node.end_byte, _body_start(node, captures)
    if "torn" in captures:
        body_start, end = torn_body(source, node.start_byte)
    body = captures.get("body", ())
    claimed = (("node", node), *(("body", body_node) for body_node in body[:1]))
    definition = Definition(
        kind=_KINDS.get(capture),
        name=" ".join(name.split()),
        name_start=name_start,
        name_end=name_end,
        start=node.start_byte,
        head=node.start_byte,
        end=_trimmed_end(source, node.start_byte, end),
        body_start=body_start,
        claims=frozenset((part, claim.start_byte, claim.end_byte) for part, claim in claimed),
        is_prototype=capture == _PROTOTYPE,
        is_class_scope=capture == _CLASS_SCOPE,
        is_file_scope=capture == _FILE_SCOPE,
        is_owned="owner" in captures or bool(path),
        owner=path
        or ".".join(
            source.text(owner.start_byte, owner.end_byte)
            for owner in captures.get("owner", captures.get("namespace", []))
        ),
        arity=sum(part.named_child_count for part in captures.get("parameters", ())),
    )
    for doc in captures.get("doc", ())[:1]:
        definition.doc = clean_comment(source.text(doc.start_byte, doc.end_byte))
        definition.doc_range = (doc.start_byte, doc.end_byte)
    return definition


def _name(source: SourceText, nodes: list[tree_sitter.Node]) -> tuple[str, int, int]:
    """The scopes that a name is written with (`A::B<T>::f`, without arguments), and the range of its rest."""
    node, start, end = nodes[0], nodes[0].start_byte, nodes[-1].end_byte
    while node.type in _PATHS and (last := node.child_by_field_name("name")):
        node, end = last, last.end_byte
    path = source.text(start, node.start_byte)
    while (plain := _ARGUMENTS.sub("", path)) != path:
        path = plain
    path = path.rstrip(": \t\r\n")
    if _SYMBOL.match(source.data, node.start_byte, end):
        return path, node.start_byte + 1, end
    return path, node.start_byte, end


def _body_start(node: tree_sitter.Node, captures: dict[str, list[tree_sitter.Node]]) -> int:
    """First byte behind the signature where the query tells its parts, else the first of the body."""
    if "signature" in captures:
        return max(part.end_byte for part in captures["signature"])
    return captures["body"][0].start_byte if "body" in captures else node.end_byte


def _trimmed_end(source: SourceText, start: int, end: int) -> int:
    """Some grammars count the line break behind a definition as part of it."""
    return max(source.skip_blanks_back(min(end, len(source.data))), start)


def _widen(source: SourceText, definitions: list[Definition], wrappers: list[tuple[int, int]]) -> None:
    """Let a definition's range cover the wrappers that hold it, no other before and nothing behind it."""
    before: Definition | None = None
    for definition in definitions if wrappers else ():
        # Wrappers nest; walking outwards from the nearest start covers `export const f = …`.
        index = bisect_right(wrappers, (definition.start, len(source.data) + 1))
        while index > 0:
            index -= 1
            start, end = wrappers[index]
            if end < definition.end:
                # A neighbour before the definition, not something around it.
                break
            if source.data[definition.end : end].strip(b"; \t\r\n"):
                break
            if before is not None and start <= before.start and before.end <= definition.start:
                break
            definition.start, definition.end = start, _trimmed_end(source, start, end)
        before = definition


def _take_attributes(
    source: SourceText, definitions: list[Definition], attributes: list[tuple[int, int]]
) -> None:
    """Let a definition's range cover the attributes before it, and its signature start behind those in it."""
    # An attribute that the grammar only missed is empty.
    end_of = {start: end for start, end in attributes if end > start}
    start_of = {_trimmed_end(source, start, end): start for start, end in end_of.items()}
    for definition in definitions if attributes else ():
        while (before := source.skip_blanks_back(definition.start)) in start_of:
            definition.start = start_of[before]
        while definition.head in end_of:
            definition.head = source.skip_blanks(end_of[definition.head])


def _attach_docs(
    source: SourceText,
    definitions: Iterable[Definition],
    comments: list[tuple[int, int]],
    attributes: list[tuple[int, int]],
) -> None:
    """Give each definition the comment directly above it; attributes between belong to its range."""
    ends_in_row: dict[int, tuple[int, int, bool]] = {}
    # One blank line below it does not part a `/** … */` from its definition, unless it heads the file.
    ends_above_blank: dict[int, tuple[int, int, bool]] = {}
    top = source.skip_blanks(source.start)
    for is_comment, ranges in ((False, attributes), (True, comments)):
        for start, end in ranges:
            end = _trimmed_end(source, start, end)
            last = source.row_of(max(end - 1, start))
            # A comment beside code on the same line belongs to that code.
            alone = source.is_blank(source.row_start(source.row_of(start)), start)
            if alone and source.is_blank(end, source.row_end(last)):
                ends_in_row[last] = (start, end, is_comment)
                if source.data.startswith(b"/**", start) and start > top:
                    ends_above_blank[last + 1] = (start, end, is_comment)
    for definition in definitions:
        row = source.row_of(definition.start)
        if not source.is_blank(source.row_start(row), definition.start):
            continue
        parts: list[str] = []
        above = ends_in_row.get(row - 1) or (source.is_blank_row(row - 1) and ends_above_blank.get(row - 1))
        while above:
            start, end, is_comment = above
            if is_comment:
                parts.append(source.text(start, end))
                definition.doc_start = start
            elif not parts:
                definition.start = start
            row = source.row_of(start)
            above = ends_in_row.get(row - 1)
        if parts:
            above_doc = clean_comments(reversed(parts))
            definition.doc = f"{above_doc}\n{definition.doc}".strip() if definition.doc else above_doc


def _nest(
    source: SourceText, definitions: list[Definition], comments: list[tuple[int, int]] | None
) -> list[Definition]:
    """Link each definition to the innermost one around it; `definitions` is ordered by position.

    With `comments`, adjacent clauses of one function (its type signature included) become one definition.
    """
    kept: list[Definition] = []
    outermost: list[Definition] = []
    stack: list[Definition] = []
    for definition in definitions:
        while stack and stack[-1].end < definition.end:
            stack.pop()
        if definition.is_prototype and any(around.kind in CALLABLE for around in stack):
            continue
        siblings = stack[-1].children if stack else outermost
        if comments is not None and siblings and _is_clause_of(source, siblings[-1], definition, comments):
            siblings[-1].end = definition.end
            stack.append(siblings[-1])
            continue
        definition.parent = stack[-1] if stack else None
        siblings.append(definition)
        stack.append(definition)
        kept.append(definition)
    return kept


def _without_empty_scopes(definitions: list[Definition]) -> list[Definition]:
    """A scope that holds no definition (an object of mere values) is code like any other."""
    # Children stand behind their parents, so backwards they come first.
    for definition in reversed(definitions):
        definition.children = [child for child in definition.children if child.kind or child.children]
    return [definition for definition in definitions if definition.kind or definition.children]


def _is_clause_of(
    source: SourceText, before: Definition, after: Definition, comments: list[tuple[int, int]]
) -> bool:
    """They are of one kind, name and arity, and nothing but comments stands between them."""
    same = (before.kind, before.owner, before.name, before.arity) == (
        after.kind,
        after.owner,
        after.name,
        after.arity,
    )
    if not same or before.kind is None:
        return False
    at = before.end
    for start, end in comments[bisect_left(comments, (at, 0)) : bisect_left(comments, (after.start, 0))]:
        if not source.is_blank(at, start):
            return False
        at = end
    return source.is_blank(at, after.start)
