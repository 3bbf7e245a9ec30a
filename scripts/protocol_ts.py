"""Writes the TypeScript mirror of `mindgap_server.protocol`: `python scripts/protocol_ts.py`.

A test compares the file with what this makes, so the two sides of the wire cannot drift apart.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import json
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

from mindgap_server import protocol
from mindgap_server.wire import camel, encode

TARGET = Path(__file__).resolve().parents[1] / "vscode-client" / "src" / "protocol.ts"

_HEADER = """\
// Made from server/mindgap_server/protocol.py by scripts/protocol_ts.py; change that file, not this one.
import type { Position, Range } from "vscode-languageclient";
"""
_LSP = {"Range": "Range", "Point": "Position", "Span": "Range"}
_NEWLY_NAMED = frozenset(_LSP)


def render() -> str:
    """The whole file."""
    docs = _docs()
    parts = [_HEADER, *_constants(docs), *_names(), *_interfaces(docs)]
    return "\n".join(parts)


def _docs() -> dict[str, str]:
    """The docstring below each assignment, by `NAME` or `Class.field`, and of each class."""
    docs: dict[str, str] = {}
    for path, body in _bodies(ast.parse(inspect.getsource(protocol))):
        for statement, follower in itertools.pairwise([*body, ast.Pass()]):
            target = _target(statement)
            if target and isinstance(follower, ast.Expr) and isinstance(follower.value, ast.Constant):
                docs[path + target] = inspect.cleandoc(str(follower.value.value))
    return docs


def _bodies(module: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield "", module.body
    for statement in module.body:
        if isinstance(statement, ast.ClassDef):
            yield f"{statement.name}.", statement.body


def _target(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.AnnAssign):
        return ast.unparse(statement.target)
    return ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else None


def _constants(docs: Mapping[str, str]) -> Iterator[str]:
    for name, value in vars(protocol).items():
        if name.isupper():
            text = value.method if isinstance(value, protocol.Request) else value
            yield f"{_comment(docs.get(name, ''), '')}export const {name} = {json.dumps(text)};"
    yield ""


def _names() -> Iterator[str]:
    for name, value in vars(protocol).items():
        if typing.get_origin(value) is typing.Literal:
            members = " | ".join(json.dumps(member) for member in typing.get_args(value))
            yield f"export type {name} = {members};"
    yield ""


def _interfaces(docs: Mapping[str, str]) -> Iterator[str]:
    for name, cls in vars(protocol).items():
        own = inspect.isclass(cls) and cls.__module__ == protocol.__name__
        if own and dataclasses.is_dataclass(cls) and name != "Request" and name not in _NEWLY_NAMED:
            yield _comment(inspect.cleandoc(cls.__doc__ or ""), "") + f"export interface {name} {{"
            hints = typing.get_type_hints(cls)
            for field in dataclasses.fields(cls):
                optional = "?" if _may_be_left_out(field, hints[field.name], name) else ""
                comment = _comment(_with_default(docs[f"{name}.{field.name}"], field), "  ")
                yield f"{comment}  readonly {camel(field.name)}{optional}: {_type(hints[field.name])};"
            yield "}\n"


def _may_be_left_out(field: dataclasses.Field[object], hint: object, owner: str) -> bool:
    """Of params what has a default, of results what may be None: `wire.encode` leaves that out."""
    if owner.endswith("Params"):
        return field.default is not dataclasses.MISSING
    return types.NoneType in typing.get_args(hint)


def _with_default(doc: str, field: dataclasses.Field[object]) -> str:
    if field.default in (dataclasses.MISSING, None) or dataclasses.is_dataclass(field.default):
        return doc
    return f"{doc} Default: `{json.dumps(encode(field.default))}`."


def _type(hint: object) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return next(name for name, value in vars(protocol).items() if value == hint)
    arguments = [item for item in typing.get_args(hint) if item is not types.NoneType and item is not ...]
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _type(arguments[0])
    if origin is tuple:
        return f"readonly {_type(arguments[0])}[]"
    if origin is not None and issubclass(origin, Mapping):
        return f"Readonly<Record<{_type(arguments[0])}, {_type(arguments[1])}>>"
    plain = {str: "string", int: "number", float: "number", bool: "boolean"}
    name = getattr(hint, "__name__", "")
    return plain.get(typing.cast("type", hint)) or _LSP.get(name, name)


def _comment(text: str, indent: str) -> str:
    if not text:
        return ""
    lines = text.splitlines()
    if len(lines) == 1:
        return f"{indent}/** {text} */\n"
    body = "\n".join(f"{indent} * {line}".rstrip() for line in lines)
    return f"{indent}/**\n{body}\n{indent} */\n"


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
