"""Reading the files of an archive without writing any of them: no path can lead out of a folder.

Limits guard against archives that are small as a file and endless when unpacked.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from mindgap_indexer.workspace_rules import MAX_FILE_BYTES
from mindgap_training.errors import PackageError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an archive is read at most."""

    file_bytes: int = MAX_FILE_BYTES
    """Longer files are left out, as in a workspace."""
    total_bytes: int = 1 << 31
    files: int = 200_000


def read_archive(
    path: Path, wanted: Callable[[str], bool], limits: Limits | None = None
) -> Iterator[tuple[str, bytes]]:
    """Name and content of each wanted regular file of a wheel, tarball or Debian package.

    Links, devices and names that lead elsewhere (`/etc/passwd`, `../x`) are left out.
    """
    limits = limits or Limits()
    members = (
        _read_zip if path.suffix in (".whl", ".zip") else _read_deb if path.suffix == ".deb" else _read_tar
    )
    files = total = 0
    try:
        for name, size, read in members(path):
            files += 1
            total += size
            if files > limits.files or total > limits.total_bytes:
                raise PackageError(
                    f"{path.name} holds more than {limits.files} files or {limits.total_bytes} bytes. "
                    "Take it out of the manifest."
                )
            clean = _inside(name)
            if clean and size <= limits.file_bytes and wanted(clean):
                yield clean, read()
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, OSError) as error:
        raise PackageError(f"{path} is damaged ({error}). Delete it, so that it is fetched again.") from error


_Member = tuple[str, int, Callable[[], bytes]]


def _read_zip(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir() and not info.flag_bits & 1:
                yield info.filename, info.file_size, partial(_read_entry, archive, info)


def _read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # As much as the directory says and no more, whatever the compressed data holds.
    with archive.open(info) as stream:
        return stream.read(info.file_size)


def _read_tar(path: Path) -> Iterator[_Member]:
    with path.open("rb") as stream:
        yield from _members(stream)


def _read_deb(path: Path) -> Iterator[_Member]:
    with _deb_content(path) as stream:
        yield from _members(stream)


def _members(stream: IO[bytes]) -> Iterator[_Member]:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            if member.isreg():
                yield member.name, member.size, partial(_read_member, archive, member)


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream else b""


@contextmanager
def _deb_content(path: Path) -> Generator[IO[bytes]]:
    """The tar archive in a Debian package, whose compression Python may not know."""
    program = shutil.which("dpkg-deb")
    if program is None:
        raise PackageError("The command dpkg-deb is not there, which reads Debian packages. Install dpkg.")
    with subprocess.Popen(
        [program, "--fsys-tarfile", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            # Whoever stops early leaves it waiting for a reader.
            process.kill()


def _inside(name: str) -> str:
    """A member's name as a relative path; empty if it leads out of the archive."""
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts:
        return ""
    return "/".join(pure.parts)
