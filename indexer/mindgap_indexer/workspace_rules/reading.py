"""Reads a file only where it really stands: a link never leads the indexer out of the workspace."""

from __future__ import annotations

import errno
import os
import stat
import sys
from io import FileIO
from pathlib import Path

# Without O_NONBLOCK, opening a named pipe that took the file's place would wait for a writer.
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def is_link(status: os.stat_result) -> bool:
    """A symbolic link, or a junction of Windows, which is one for folders."""
    if sys.platform == "win32" and status.st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT:
        return True
    return stat.S_ISLNK(status.st_mode)


def read_head(root: Path, path: str, limit: int) -> bytes:
    """At most `limit` bytes of a regular file below the root; OSError if it is none or behind a link."""
    file = str(root)
    for part in path.split("/"):
        file = os.path.join(file, part)
        if is_link(os.lstat(file)):
            raise OSError(errno.ELOOP, "a link is on the way to it", file)
    with open(os.open(file, _FLAGS), "rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", file)
        # No more than there is: `read` reserves whatever it is asked for.
        return _read(stream, min(limit, status.st_size))


def _read(stream: FileIO, size: int) -> bytes:
    """So many bytes, or those up to the end."""
    parts = list[bytes]()
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
