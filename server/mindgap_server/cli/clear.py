"""`mindgap clear`: remove an index, or all of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mindgap_indexer import StoreBusyError, StoreError, paths
from mindgap_server.cli.terminal import CANCELLED, counted, megabytes, note, output

if TYPE_CHECKING:
    from mindgap_indexer.store.lock import ProcessLock

OTHERS = ("crashes", "tokens", "training", "packages")
"""Beside the indexes: crash reports, tokens of servers that were killed, what training keeps and fetches."""
PATIENCE = 1.0
"""Seconds to wait for a process that writes into an index: many are done in a moment."""


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
    sizes = {folder: _size(folder) for folder in (*folders, *others)}
    if not yes:
        _ask(f"Remove {what} ({megabytes(sum(sizes.values()))})?")
    busy = [folder for folder in folders if not _remove_index(folder)]
    for folder in others:
        _remove(folder)
    removed = [folder for folder in sizes if folder not in busy]
    if removed:
        size = sum(sizes[folder] for folder in removed)
        indexes = counted(len(folders) - len(busy), "index", "indexes")
        output().print(f"Removed {indexes}, {size:,} bytes:")
        for folder in removed:
            output().print(f"  {folder}")
    if busy:
        raise StoreBusyError(_left(busy))


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
    size = 0
    for path in folder.rglob("*"):
        # What another process removes meanwhile takes no room.
        with contextlib.suppress(FileNotFoundError):
            size += 0 if path.is_dir() else path.lstat().st_size
    return size


def _ask(question: str) -> None:
    """Go on only if the user agrees; without a terminal there is nobody to ask."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise typer.BadParameter("needed where there is no terminal to ask on.", param_hint="--yes")
    try:
        typer.confirm(question, abort=True)
    except typer.Abort as error:
        # It stands for Ctrl-C too, which is no answer.
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        note("")  # the cursor is behind the question
        raise typer.Exit(CANCELLED) from error


def _remove_index(folder: Path) -> bool:
    """Remove an index, unless a process writes into it: that would go on, for nothing."""
    from mindgap_indexer.store.lock import ProcessLock
    from mindgap_indexer.store.store import LOCK_NAME

    lock = ProcessLock(folder / LOCK_NAME)
    if not _is_free(lock):
        return False
    try:
        if os.name == "nt":
            lock.release()  # what is open cannot be removed there
        _remove(folder)
    finally:
        lock.release()
    return True


def _is_free(lock: ProcessLock) -> bool:
    """Take the lock; False when another process has it and goes on having it."""
    end = time.monotonic() + PATIENCE
    try:
        while not lock.acquire():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
    except StoreError:
        pass  # where there can be no lock, nobody has it; removing tells what is wrong
    return True


def _left(busy: Sequence[Path]) -> str:
    return (
        f"Another Mindgap process is indexing right now, so {', '.join(map(str, busy))} was not removed. "
        "Wait until it is done, or stop it, then try again."
    )


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be removed ({error.strerror}). "
            "Stop the editors and searches that use it, then try again."
        ) from error
