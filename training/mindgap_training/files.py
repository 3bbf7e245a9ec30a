"""Writing files and folders so that they appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from mindgap_indexer.encoding.tensors import Array, unpack
from mindgap_indexer.errors import ModelError
from mindgap_training.errors import TrainingError


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write a file beside its place, then move it there; a failed write leaves what was there before."""
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error


@contextlib.contextmanager
def whole_folder(folder: Path) -> Generator[Path]:
    """A folder to write into that takes `folder`'s place at the end of the block; on errors nothing changes.

    Only an empty folder or one that a training run wrote is replaced, never anything else.
    """
    check_replaceable(folder)
    unfinished: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        yield unfinished
        unfinished.chmod(0o755)
        _put_in_place(unfinished, folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)


def _put_in_place(new: Path, folder: Path) -> None:
    """Move a folder to where another one may be, which goes last: it is there again when the move fails."""
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent)) / folder.name
    os.replace(folder, old)
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old, folder)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def arrays_of(path: Path, key: str, value: str) -> tuple[dict[str, Array], dict[str, object]] | None:
    """Arrays and metadata of what was kept on the way, if its `key` says `value`; None if there is none.

    What is damaged is made again, as what others made.
    """
    if not path.is_file():
        return None
    try:
        arrays, about = unpack(path.read_bytes(), path)
    except ModelError:
        return None
    return (arrays, about) if about.get(key) == value else None


def check_replaceable(folder: Path) -> None:
    """End here, before any work, if a folder holds something that no training run wrote."""
    is_empty = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not is_empty and not (folder / MARKER).is_file():
        raise TrainingError(
            f"{folder} exists and holds no model of an earlier run. Choose another folder with --out."
        )


MARKER = "training.json"
"""The file by which a folder is known as a training run's: settings, metrics and fingerprints."""


def _cannot_write(path: Path, error: OSError) -> TrainingError:
    return TrainingError(
        f"{path} cannot be written ({error.strerror or error}). Free some space or choose another place; "
        "what was there before is unchanged."
    )
