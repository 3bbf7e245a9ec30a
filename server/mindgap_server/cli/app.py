"""The `mindgap` command: its sub-commands, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated

import typer

from mindgap_indexer import Cancelled, MindgapError
from mindgap_indexer.redaction import redact_text
from mindgap_server import crash
from mindgap_server.cli import clear, doctor, index, plugins, search, serve, status
from mindgap_server.cli.terminal import CANCELLED, abandon_output, note, speak_utf8

DEBUG_VARIABLE = "MINDGAP_DEBUG"
_COMMANDS: dict[str, Callable[..., None]] = {
    "search": search.search,
    "index": index.index,
    "status": status.status,
    "doctor": doctor.doctor,
    "clear": clear.clear,
    "serve": serve.serve,
}

app = typer.Typer(
    name="mindgap",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "[bold]Exit codes[/bold]: 0 done or found; 1 error; 2 wrong usage; 3 nothing fits (a search without "
        "--json); 130 cancelled. Errors are one line; MINDGAP_DEBUG=1 shows where they come from. "
        "The index is kept in your cache folder, or in MINDGAP_HOME; never in the searched folder."
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mindgap {metadata.version('mindgap')}")
        raise typer.Exit


@app.callback()
def mindgap(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask your code base in plain words or pseudocode, land on the function. Local and private.

    Start in any folder; the first search indexes it:
    [bold cyan]mindgap search "where are retries configured"[/bold cyan]
    """


for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    speak_utf8()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_output()
        code = 1
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command; answers the exit code."""
    if _may_need_plugins(arguments):
        plugins.add_commands(app)
    try:
        app(arguments, prog_name="mindgap")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Cancelled:
        note("mindgap: cancelled. What was indexed so far is kept; the next run continues there.")
        return CANCELLED
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        note(f"mindgap: {redact_text(_message(error))}")
        return 1
    return 0


def _message(error: Exception) -> str:
    if isinstance(error, MindgapError):
        return str(error)
    file = crash.write_report(error, "A command")
    where = f"{file} says where, for you to read and share" if file else f"{DEBUG_VARIABLE}=1 shows where"
    return f"unexpected {type(error).__name__}: {error}. {where}; please report it."


def _may_need_plugins(arguments: Sequence[str]) -> bool:
    """Looking for plugins takes time, and the first argument tells when it is not needed."""
    return not arguments or arguments[0] not in (*_COMMANDS, "--version")
