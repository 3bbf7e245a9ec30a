"""`mindgap serve`: start the language server."""

from __future__ import annotations

from typing import Annotated

import typer

from mindgap_server.start import serve_stdio


def serve(
    tcp: Annotated[
        str | None,
        typer.Option(
            "--tcp",
            metavar="HOST:PORT",
            help="Listen there, on this machine alone, instead of speaking over standard input and output. "
            "The client must send the token (its file is named at the start, MINDGAP_TOKEN sets it) as "
            "initializationOptions.token.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start the language server; editors do this by themselves.

    [bold]Examples[/bold]

    mindgap serve
    mindgap serve --tcp 127.0.0.1:7070
    """
    if tcp is None:
        serve_stdio()
        return
    address = _address(tcp)
    from mindgap_server.app import serve as serve_lsp

    serve_lsp(tcp=address)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise typer.BadParameter(f"{text!r} is no address such as 127.0.0.1:7070.", param_hint="--tcp")
    return host.strip("[]"), int(port)
