"""The extension and the server agree: messages, settings with their defaults, and what the README says."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from scripts.protocol_ts import TARGET, render

from mindgap_indexer.languages.table import LANGUAGES
from mindgap_server import __version__
from mindgap_server.options import LevelName, ServerOptions
from mindgap_server.wire import camel, encode


def test_the_messages_are_the_servers() -> None:
    assert TARGET.read_text("utf-8") == render(), "run `python scripts/protocol_ts.py`"


def settings() -> dict[str, dict[str, Any]]:
    manifest = json.loads((TARGET.parents[1] / "package.json").read_text("utf-8"))
    groups = manifest["contributes"]["configuration"]
    return {name: setting for group in groups for name, setting in group["properties"].items()}


def options(cls: type[Any] = ServerOptions, prefix: str = "mindgap.") -> Iterator[tuple[str, Any, Any]]:
    """Path, default and limits of every option of the server."""
    for field in dataclasses.fields(cls):
        path = prefix + camel(field.name)
        if dataclasses.is_dataclass(field.default):
            yield from options(type(field.default), f"{path}.")
        else:
            yield path, encode(field.default), field.metadata


def test_every_option_of_the_server_is_a_setting_with_its_default_and_limits() -> None:
    declared = settings()
    for path, default, limits in options():
        assert path in declared, f"{path} is no setting"
        assert declared[path]["default"] == default, path
        for limit in ("minimum", "maximum"):
            assert declared[path].get(limit) == limits.get(limit), f"{limit} of {path}"
    assert declared["mindgap.log.level"]["enum"] == list(get_args(LevelName))


def test_the_extension_has_few_settings_of_its_own() -> None:
    own = settings().keys() - {path for path, _, _ in options()}
    assert own == {
        "mindgap.comments.goToImplementation",
        "mindgap.interpreter",
        "mindgap.search.asYouType",
        "mindgap.trace.server",
    }


def test_the_extension_has_the_version_of_the_server() -> None:
    manifest = json.loads((TARGET.parents[1] / "package.json").read_text("utf-8"))
    assert manifest["version"] == __version__


def test_the_readme_has_as_many_languages_as_the_table() -> None:
    text = (TARGET.parents[1] / "README.md").read_text("utf-8")
    with_grammar = sum(language.grammar is not None for language in LANGUAGES)
    assert re.findall(r"(\d+) languages are found by their grammar", text) == [str(with_grammar)]
    assert "about fifty other languages" in text
    assert 45 <= len(LANGUAGES) - with_grammar < 55
