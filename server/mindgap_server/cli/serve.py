"""`mindgap serve`: start the language server."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    tcp: Annotated[
        str | None,
        typer.Option(
            "--tcp",
            metavar="HOST:PORT",
            help="Listen there instead of speaking over standard input and output. Anyone who can reach the "
            "port can read the code: use 127.0.0.1.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start the language server; editors do this by themselves.

    [bold]Examples[/bold]

    mindgap serve
    mindgap serve --tcp 127.0.0.1:7070
    """
    address = None if tcp is None else _address(tcp)
    from mindgap_server.app import serve as serve_lsp

    serve_lsp(tcp=address)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise typer.BadParameter(f"{text!r} is no address such as 127.0.0.1:7070.", param_hint="--tcp")
    return host.strip("[]"), int(port)
