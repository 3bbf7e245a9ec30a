"""Fetching the archive of a package with its registry's ordinary client; nothing is installed or run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mindgap_training.errors import PackageError
from mindgap_training.mining.manifest import Package, Registry

FETCH_SECONDS = 600
_MESSAGE_CHARS = 300
_NO_ARCHIVE = re.compile(r"\.debian\.tar\.|\.asc$")

RunClient = Callable[[Sequence[str], Path], None]
"""Runs a registry's client so that it leaves the archives in a folder; PackageError if it fails."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The archive of a package."""

    archive: Path
    sha256: str


def fetch(package: Package, cache: Path, run: RunClient | None = None) -> Fetched:
    """The archive of a package, from the cache if it is there.

    With a version, what was fetched once is kept for good; without one, the registry is asked again.
    """
    folder = cache / package.registry / _folder_name(package)
    archive = _archive_in(package, folder) if package.version else None
    if archive is None:
        _download(package, folder, run or run_client)
        archive = _archive_in(package, folder)
    if archive is None:
        raise PackageError(
            f"{package.label}: the registry gave no archive that can be read. Choose another version."
        )
    digest = file_sha256(archive)
    if package.sha256 and digest != package.sha256:
        raise PackageError(
            f"{package.label}: the archive {archive.name} has the SHA-256 {digest}, not the one in the "
            f"manifest. Delete {folder} to fetch it again, or correct the manifest."
        )
    return Fetched(archive, digest)


def run_client(command: Sequence[str], folder: Path) -> None:
    """Run a registry's client in a folder."""
    program = shutil.which(command[0])
    if program is None:
        raise PackageError(f"The command {command[0]} is not there, which fetches packages. Install it.")
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=FETCH_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise PackageError(f"{command[0]} did not finish ({error}). Try again.") from error
    if done.returncode:
        message = " ".join(done.stderr.split())[-_MESSAGE_CHARS:]
        raise PackageError(f"{' '.join(command[:4])} … failed: {message}. Check name, version and network.")


def client_command(package: Package) -> list[str]:
    """The command that downloads a package into the current folder."""
    name, version = package.name, package.version
    match package.registry:
        case Registry.PYPI:
            # Wheels alone: to learn about an sdist, pip would run its setup.py.
            pinned = f"{name}=={version}" if version else name
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
            return [*pip, "--quiet", "--disable-pip-version-check", "--dest", ".", pinned]
        case Registry.NPM:
            return ["npm", "pack", "--ignore-scripts", "--silent", f"{name}@{version or 'latest'}"]
        case Registry.DEBIAN:
            return ["apt-get", "download", "--quiet", f"{name}={version}" if version else name]
        case Registry.DEBIAN_SOURCE:
            pinned = f"{name}={version}" if version else name
            # Not Debian's patches, which nobody reads and mirrors lose.
            options = ["--quiet", "--download-only", "--tar-only", "--only-source"]
            return ["apt-get", "source", *options, pinned]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(package: Package, folder: Path, run: RunClient) -> None:
    """Fill the folder as a whole or not at all."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as unfinished:
            run(client_command(package), Path(unfinished))
            shutil.rmtree(folder, ignore_errors=True)
            # 0755, because a temporary folder is closed to apt's own user and would stay closed.
            folder.mkdir()
            for path in sorted(Path(unfinished).iterdir()):
                os.replace(path, folder / path.name)
    except OSError as error:
        raise PackageError(
            f"{package.label}: {folder} cannot be written ({error.strerror or error}). "
            "Make room or choose another --cache."
        ) from error


def _archive_in(package: Package, folder: Path) -> Path | None:
    patterns = {
        Registry.PYPI: ("*.whl",),
        Registry.NPM: ("*.tgz",),
        Registry.DEBIAN: ("*.deb",),
        # The upstream sources; a package made for Debian alone has one archive without `orig`.
        Registry.DEBIAN_SOURCE: ("*.orig.tar.?z*", "*.tar.?z*"),
    }[package.registry]
    found = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    # Debian's own patches alone, or a signature, are no source.
    return next((path for path in found if not _NO_ARCHIVE.search(path.name)), None)


def _folder_name(package: Package) -> str:
    name = f"{package.name}-{package.version or 'newest'}"
    return "".join(c if c.isalnum() or c in "@._+-" else "_" for c in name)
