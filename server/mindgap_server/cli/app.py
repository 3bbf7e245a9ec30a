"""The `mindgap` command: its sub-commands, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from mindgap_indexer.errors import Cancelled, MindgapError, WorkspaceError
from mindgap_indexer.redaction import redact_text
from mindgap_server import __version__, crash, threads
from mindgap_server.cli.terminal import (
    CANCELLED,
    abandon_output,
    mend_streams,
    note,
    output_fails,
    speak_utf8,
)

DEBUG_VARIABLE = "MINDGAP_DEBUG"
_COMMANDS = ("search", "index", "status", "doctor", "clear", "serve")
"""Each is a function in a module of its name."""
_EPILOG = (
    "[bold]Exit codes[/bold]: 0 done or found; 1 error; 2 wrong usage; 3 nothing fits (a search without "
    "--json); 130 cancelled. Errors are one line; MINDGAP_DEBUG=1 shows where they come from. "
    "The index is kept in your cache folder, or in MINDGAP_HOME; never in the searched folder."
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mindgap {__version__}")
        raise typer.Exit


def _mindgap(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask your code base in plain words or pseudocode, land on the function. Local and private.

    Start in any folder; the first search indexes it:
    [bold cyan]mindgap search "where are retries configured"[/bold cyan]
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise WorkspaceError(
            "The current folder does not exist any more. Change to another one, then try again."
        ) from error


def _application(arguments: Sequence[str]) -> typer.Typer:
    """The command line; of the commands only the one that is called, where the first argument tells."""
    app = typer.Typer(
        name="mindgap",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=_EPILOG,
    )
    app.callback()(_mindgap)
    named = arguments[0] if arguments else ""
    if named in _COMMANDS:
        threads.one_for_products()
    for name in [named] if named in _COMMANDS else _COMMANDS:
        app.command(name)(getattr(import_module(f"mindgap_server.cli.{name}"), name))
    if named not in (*_COMMANDS, "--version"):
        # Looking for these takes time.
        from mindgap_server.cli import plugins

        plugins.add_commands(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    mend_streams()
    speak_utf8()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except BrokenPipeError:
        abandon_output()
        code = 1
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command; answers the exit code."""
    try:
        code = _called(arguments)
        sys.stdout.flush()
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
    return code


def _called(arguments: list[str]) -> int:
    try:
        _application(arguments)(arguments, prog_name="mindgap")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _message(error: Exception) -> str:
    if isinstance(error, MindgapError):
        return str(error)
    if isinstance(error, OSError) and error.filename is None and output_fails():
        return f"Standard output cannot be written ({error.strerror}). Send it elsewhere, then try again."
    file = crash.write_report(error, "A command")
    where = f"{file} says where, for you to read and share" if file else f"{DEBUG_VARIABLE}=1 shows where"
    return f"unexpected {type(error).__name__}: {error}. {where}; please report it."
