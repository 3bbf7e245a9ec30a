"""Where Mindgap keeps its files: one folder, never inside a workspace."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import platformdirs

HOME_VARIABLE = "MINDGAP_HOME"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def home() -> Path:
    """Folder of every file that Mindgap writes: $MINDGAP_HOME, else the platform's cache folder."""
    override = os.environ.get(HOME_VARIABLE)
    return Path(override).expanduser() if override else Path(platformdirs.user_cache_dir("mindgap", False))


def index_folder(root: Path) -> Path:
    """Folder of the index of a workspace root.

    Named for people (the root's own name) and for uniqueness (a hash of its real path), so two
    checkouts of one repository never share an index.
    """
    real = os.path.normcase(os.path.realpath(root))
    digest = hashlib.blake2b(os.fsencode(real), digest_size=8).hexdigest()
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in Path(real).name)[:40] or "root"
    return home() / "indexes" / f"{name}-{digest}"


def make_private(folder: Path) -> Path:
    """Create the folder, and those above it, for this user alone (0700, as far as the platform knows modes).

    A folder of Mindgap that others can look into is closed; what the user made above `home` stays as it is.
    """
    missing = [folder, *folder.parents]
    for path in reversed(missing[: next(i for i, path in enumerate(missing) if path.exists())]):
        path.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
    if os.name != "nt" and folder.is_relative_to(home()) and folder != home():
        _close(folder, PRIVATE_FOLDER)
    return folder


def make_private_file(path: Path) -> Path:
    """Create the file, or take the one that is there, for this user alone (0600)."""
    path.touch(mode=PRIVATE_FILE, exist_ok=True)
    if os.name != "nt":
        _close(path, PRIVATE_FILE)
    return path


def _close(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) & ~mode:
        path.chmod(mode)
