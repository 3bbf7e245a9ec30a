"""Loading a tree-sitter grammar and the query that finds definitions with it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import tree_sitter

from mindgap_indexer.languages.table import Language


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar ready to parse and its definition query (captures: ARCHITECTURE.md, "Languages")."""

    language: tree_sitter.Language
    query: tree_sitter.Query


@cache
def load_grammar(language: Language) -> Grammar | None:
    """The grammar of a language, loaded once per process; None when it has none here."""
    if language.grammar is None:
        return None
    module_name, function_name = language.grammar
    module = importlib.import_module(module_name)
    pointer: object = getattr(module, function_name)()
    loaded = tree_sitter.Language(pointer)
    folder = resources.files("mindgap_indexer.languages") / "queries"
    source = (folder / f"{language.query_name}.scm").read_text("utf-8")
    return Grammar(loaded, tree_sitter.Query(loaded, f"{source}\n{_table_patterns(language)}"))


def _table_patterns(language: Language) -> str:
    """One pattern for each node type that the table names: comments, attributes and wrappers."""
    patterns = [f"({kind}) @comment" for kind in sorted(language.comments)]
    patterns += [f"({kind}) @attribute" for kind in sorted(language.attributes)]
    patterns += [f"({kind}) @wrapper" for kind in sorted(language.wrappers)]
    return "\n".join(patterns)
