"""Where Mindgap keeps its files: one folder, never inside a workspace."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "MINDGAP_HOME"


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
    """Create the folder for this user alone (0700, as far as the platform knows modes)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
