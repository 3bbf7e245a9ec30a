"""A lock between processes: who holds it has the file open; the system lets go when a process ends."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from mindgap_indexer.errors import StoreError

_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})


class ProcessLock:
    """Held by one process at a time. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock, or answer False at once when another process has it. Raises StoreError."""
        file = -1
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            _lock(file)
        except OSError as error:
            if file >= 0:
                os.close(file)
            if error.errno in _HELD and file >= 0:
                return False
            raise StoreError(
                f"The lock {self._path} cannot be taken ({error.strerror}). Check the permissions of its "
                "folder and that its file system knows locks, or set MINDGAP_HOME to another folder."
            ) from error
        self._file = file
        return True

    def release(self) -> None:
        """Let others have it; the file stays."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
