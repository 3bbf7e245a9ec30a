"""The options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path,
    typer.Option(
        "--root",
        "-r",
        exists=True,
        file_okay=False,
        metavar="DIR",
        help="The folder to work on.",
        show_default="the current folder",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output, for programs.")]
DeepModel = Annotated[
    str | None,
    typer.Option(
        "--deep-model",
        metavar="MODEL",
        envvar="MINDGAP_DEEP_MODEL",
        help="The deep tier's model, if not the one that ships: the Hugging Face id or folder of a "
        "sentence-transformers model.",
    ),
]


def model_or_default(deep_model: str | None) -> str:
    """The deep model that the user named, else the one that ships."""
    from mindgap_indexer.encoding.model import SHIPPED

    return deep_model or SHIPPED
