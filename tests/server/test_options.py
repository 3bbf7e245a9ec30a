from __future__ import annotations

import ast
import inspect
import itertools
from types import ModuleType

import pytest

from mindgap_indexer.options import IndexOptions
from mindgap_indexer.search import DEFAULT_LIMIT
from mindgap_server import options, protocol
from mindgap_server.options import LogOptions, SearchOptions, ServerOptions, read_options


def test_nothing_given_is_the_defaults() -> None:
    read = read_options(None, [])
    assert (read.options, read.warnings, read.notes) == (ServerOptions(), (), ())


def test_defaults_are_those_of_the_indexer() -> None:
    assert ServerOptions().max_file_size == IndexOptions().max_file_bytes
    assert ServerOptions().search.limit == DEFAULT_LIMIT


def test_settings_win_key_by_key() -> None:
    first = {"exclude": ["a"], "search": {"limit": 5}, "log": {"level": "error"}}
    read = read_options(first, {"search": {"limit": 7}})
    assert read.options == ServerOptions(
        exclude=("a",), search=SearchOptions(limit=7), log=LogOptions(level="error")
    )


def test_a_wrong_value_names_option_problem_and_default() -> None:
    read = read_options({"search": {"limit": "many"}, "watch": {"enabled": 1}, "deepModel": 5})
    assert read.options == ServerOptions()
    assert read.warnings == (
        "Mindgap: the option `deepModel` must be a text, not 5; no value is used.",
        'Mindgap: the option `search.limit` must be a whole number from 1 to 200, not "many"; '
        "the default 10 is used.",
        "Mindgap: the option `watch.enabled` must be true or false, not 1; the default true is used.",
    )


def test_unknown_keys_are_notes() -> None:
    read = read_options({"serach": {}, "search": {"limits": 3}})
    assert read.warnings == ()
    assert read.notes == (
        "There is no option `serach`; it is ignored.",
        "There is no option `search.limits`; it is ignored.",
    )


def test_options_that_are_no_object_are_refused() -> None:
    read = read_options("loud", {"search": {"limit": 2}})
    assert read.options.search.limit == 2
    assert read.warnings == ("Mindgap: the options must be an object, not 'loud'; they are ignored.",)


@pytest.mark.parametrize("module", [options, protocol])
def test_every_field_is_documented(module: ModuleType) -> None:
    for cls in ast.parse(inspect.getsource(module)).body:
        if isinstance(cls, ast.ClassDef):
            for statement, follower in itertools.pairwise([*cls.body, ast.Pass()]):
                if isinstance(statement, ast.AnnAssign):
                    field = f"{cls.name}.{ast.unparse(statement.target)}"
                    assert isinstance(follower, ast.Expr), f"{field} has no docstring"
