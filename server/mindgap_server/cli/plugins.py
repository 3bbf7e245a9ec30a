"""Commands of other packages: entry points of the group `mindgap.commands`, loaded only when needed.

An entry point names a command; it is a function (its signature becomes the options) or a Typer application.
"""

from __future__ import annotations

from importlib import metadata

import typer

from mindgap_server.cli.terminal import note

GROUP = "mindgap.commands"


def add_commands(app: typer.Typer) -> None:
    """Add every command that installed packages offer; one that cannot be loaded costs a warning."""
    for entry in metadata.entry_points(group=GROUP):
        try:
            _add(app, entry.name, entry.load())
        except Exception as error:  # a stranger's code may fail in any way
            note(f"mindgap: the command {entry.name} ({entry.value}) is left out: {error}")


def _add(app: typer.Typer, name: str, command: object) -> None:
    if isinstance(command, typer.Typer):
        typer.main.get_command(command)  # fails here, and not later for all commands
        app.add_typer(command, name=name)
    elif callable(command):
        alone = typer.Typer()
        alone.command(name)(command)
        typer.main.get_command(alone)
        app.command(name)(command)
    else:
        raise TypeError("it is neither a function nor a Typer application")
