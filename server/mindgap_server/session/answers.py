"""Making one answer of what several folders answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mindgap_indexer.types import Hit, Mode
from mindgap_indexer.workspace_rules.reading import read_head
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder

MAX_LIVE_BYTES = 1 << 30
"""More than any file that can be indexed; a file that grows without end is not read to it."""


@dataclass(frozen=True, slots=True)
class Located:
    """A hit with its folder and the live text that its offsets refer to."""

    folder: Folder
    hit: Hit
    document: OpenDocument | None
    """Set when the file is open in the editor."""
    text: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What all folders together answer."""

    query: str
    mode: Mode
    abstained: bool
    elapsed_ms: float
    indexing: bool
    coverage: float
    hits: tuple[Located, ...]


def locate(hits: Iterable[tuple[Folder, Hit]], documents: OpenDocuments) -> list[Located]:
    """The hits with the live texts of their files, ranked from 1; files that are gone are left out."""
    texts: dict[Path, bytes | None] = {}
    roots: dict[Path, Path] = {}
    located: list[Located] = []
    for folder, hit in hits:
        path = folder.path / hit.path
        if path not in texts:
            if folder.path not in roots:
                roots[folder.path] = folder.path.resolve()
            texts[path] = live_text(folder, hit.path, documents, roots[folder.path])
        if (text := texts[path]) is not None:
            ranked = replace(hit, rank=len(located) + 1)
            located.append(Located(folder, ranked, documents.at(path), text))
    return located


def live_text(folder: Folder, name: str, documents: OpenDocuments, root: Path | None = None) -> bytes | None:
    """The text of a file of a folder as the editor sees it; None when there is none.

    `root` is the folder without links, where it is known.
    """
    data = documents.data(folder.path / name)
    if data is not None:
        return data
    try:
        return read_head(root or folder.path.resolve(), name, MAX_LIVE_BYTES)
    except OSError:
        # Removed, or replaced by a link, since the search: the watcher will hear of it.
        return None
