"""`mindgap clear`: remove an index, or all of them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from mindgap_indexer import StoreError, paths
from mindgap_server.cli.terminal import counted, megabytes, output

OTHERS = ("crashes", "tokens", "training", "packages")
"""Beside the indexes: crash reports, tokens of servers that were killed, what training keeps and fetches."""


def clear(
    root: Annotated[
        Path,
        typer.Option(
            "--root",
            "-r",
            metavar="DIR",
            help="The folder whose index to remove; it may be gone already.",
            show_default="the current folder",
        ),
    ] = Path(),
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Remove the indexes of all folders, crash reports and training data: everything."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the index of a folder. The folder itself is not touched, and can be indexed again any time.

    Works on damaged indexes too, and on those of folders that no longer exist.

    [bold]Examples[/bold]

    mindgap clear
    mindgap clear --all --yes
    """
    folders = _all_index_folders() if every else _index_folders_of(root)
    others = _others() if every else []
    if not folders and not others:
        output().print("There is no index to remove.")
        return
    what = "the indexes of all folders, and all else that Mindgap keeps" if every else _of(root)
    size = sum(map(_size, [*folders, *others]))
    if not yes:
        _ask(f"Remove {what} ({megabytes(size)})?")
    for folder in (*folders, *others):
        _remove(folder)
    output().print(f"Removed {counted(len(folders), 'index', 'indexes')}, {size:,} bytes:")
    for folder in (*folders, *others):
        output().print(f"  {folder}")


def _index_folders_of(root: Path) -> list[Path]:
    folder = paths.index_folder(root)
    return [folder] if folder.exists() else []


def _all_index_folders() -> list[Path]:
    # Every index folder has the same parent; which root is asked for does not matter.
    parent = paths.index_folder(Path()).parent
    return sorted(parent.iterdir()) if parent.is_dir() else []


def _of(root: Path) -> str:
    return f"the index of {root.resolve()}"


def _others() -> list[Path]:
    """What else Mindgap keeps; by name, because the folder may be one in which others keep things."""
    return [folder for name in OTHERS if (folder := paths.home() / name).is_dir()]


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _ask(question: str) -> None:
    """Go on only if the user agrees; without a terminal there is nobody to ask."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("needed where there is no terminal to ask on.", param_hint="--yes")
    typer.confirm(question, abort=True)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be removed ({error.strerror}). "
            "Stop the editors and searches that use it, then try again."
        ) from error
