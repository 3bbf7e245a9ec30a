"""Commands of other packages: entry points of the group `mindgap.commands`, loaded only when needed.

An entry point names a command; it is a function (its signature becomes the options) or a Typer application.
A name with a dot is a command of a group: `train.mine` is `mindgap train mine`.
"""

from __future__ import annotations

from importlib import metadata

import typer

from mindgap_server.cli.terminal import note

GROUP = "mindgap.commands"


def add_commands(app: typer.Typer) -> None:
    """Add every command that installed packages offer; one that cannot be loaded costs a warning."""
    groups: dict[str, typer.Typer] = {}
    for entry in metadata.entry_points(group=GROUP):
        group, dot, name = entry.name.rpartition(".")
        parent = groups.get(group, typer.Typer(no_args_is_help=True)) if dot else app
        try:
            _add(parent, name, entry.load())
        except Exception as error:  # a stranger's code may fail in any way
            note(f"mindgap: the command {entry.name} ({entry.value}) is left out: {error}")
            continue
        if dot and group not in groups:
            groups[group] = parent
            app.add_typer(parent, name=group)


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
