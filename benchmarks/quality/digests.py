"""Short names for states of code: what was made by other code is made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import mindgap_indexer
import mindgap_training

# What is left out is used only when a query is answered, so that a change there keeps the indexes.
_ASKING = (
    "ranking/", "search.py", "retrieval.py", "workspace.py", "freshness.py", "overlay.py", "watching/",
    "models/", "__init__.py",
)  # fmt: skip


def indexing_code() -> str:
    """Short hash of the sources that decide what an index holds."""
    package = Path(mindgap_indexer.__file__).parent
    files = (*package.rglob("*.py"), *package.rglob("*.scm"))
    return digest(package, [f for f in files if not f.relative_to(package).as_posix().startswith(_ASKING)])


def mining_code() -> str:
    """Short hash of the sources that decide which functions become questions, and what they ask."""
    package, here = Path(mindgap_training.__file__).parent, Path(__file__).parent
    own = digest(here, [here / "parts" / "unseen.py", here / "undocumented.py", here / "chance.py"])
    return f"{indexing_code()}-{digest(package, (package / 'mining').rglob('*.py'))}-{own}"


def digest(folder: Path, files: Iterable[Path]) -> str:
    """Short hash of names and contents."""
    found = hashlib.blake2b(digest_size=6)
    for file in sorted(files):
        name = file.as_posix().removeprefix(folder.as_posix())
        found.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()
