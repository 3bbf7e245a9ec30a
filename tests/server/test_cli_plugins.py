from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import typer

from mindgap_server.cli import plugins
from tests.server.cli_helpers import Run, runner

if TYPE_CHECKING:
    from decimal import Decimal

Offer = Callable[..., None]


def greet(name: str, times: int = 1) -> None:
    """Say hello."""
    for _ in range(times):
        print(f"hello {name}")


def unreadable(thing: Decimal) -> None:
    """Has an annotation that does not exist at run time."""
    print(thing)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Pretend that a package offers these commands to a fresh application."""

    def offered(**commands: object) -> None:
        module = ModuleType("mindgap_test_plugin")
        vars(module).update(commands)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entries = [
            # Keyword arguments have no dots: `social__greet` offers `social.greet`.
            metadata.EntryPoint(name.replace("__", "."), f"{module.__name__}:{name}", plugins.GROUP)
            for name in (*commands, *(["missing"] if not commands else []))
        ]

        def entry_points(group: str) -> list[metadata.EntryPoint]:
            return entries if group == plugins.GROUP else []

        monkeypatch.setattr(metadata, "entry_points", entry_points)

    return offered


def test_a_function_becomes_a_command_with_its_options(run: Run, offer: Offer) -> None:
    offer(greet=greet)
    ran = run("greet", "you", "--times", "2")
    assert (ran.code, ran.out) == (0, "hello you\nhello you\n")


def test_an_application_becomes_a_group_of_commands(run: Run, offer: Offer) -> None:
    group = typer.Typer()
    group.command("greet")(greet)
    group.command("other")(greet)
    offer(social=group)
    assert run("social", "greet", "you").out == "hello you\n"


def test_names_with_a_dot_share_a_group(run: Run, offer: Offer) -> None:
    offer(social__greet=greet, social__wave=greet)
    assert run("social", "greet", "you").out == "hello you\n"
    assert run("social", "wave", "me").out == "hello me\n"


def test_a_broken_command_leaves_its_group_alone(run: Run, offer: Offer) -> None:
    offer(social__broken=3, social__greet=greet)
    ran = run("social", "greet", "you")
    assert (ran.code, ran.out) == (0, "hello you\n")
    assert "social.broken" in ran.err


def test_the_help_lists_the_commands_of_other_packages(run: Run, offer: Offer) -> None:
    offer(greet=greet)
    assert "Say hello." in run("--help").out


@pytest.mark.parametrize("broken", [unreadable, "no function"])
def test_a_broken_command_costs_one_line(run: Run, offer: Offer, broken: object) -> None:
    offer(broken=broken, greet=greet)
    ran = run("greet", "you")
    assert (ran.code, ran.out) == (0, "hello you\n")
    assert ran.err.startswith("mindgap: the command broken (mindgap_test_plugin:broken) is left out: ")
    assert ran.err.count("\n") == 1


def test_a_command_that_is_not_there_costs_one_line(run: Run, offer: Offer) -> None:
    offer()
    ran = run("--help")
    assert ran.code == 0
    assert ran.err.startswith("mindgap: the command missing ")


def test_own_commands_do_not_look_for_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(metadata, "entry_points", fail)
    assert run("--version").code == 0
    assert run("status", "-h").code == 0
