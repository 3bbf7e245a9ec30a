"""Making one answer of what several folders answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mindgap_indexer.types import Hit, Mode
from mindgap_indexer.workspace_rules.reading import read_head
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder


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


def locate(hits: Iterable[tuple[Folder, Hit]], documents: OpenDocuments, most_bytes: int) -> list[Located]:
    """The hits with the live texts of their files, ranked from 1.

    Files that are gone are left out, and those that now have more bytes than are indexed.
    """
    files: dict[tuple[str, str], tuple[OpenDocument | None, bytes | None]] = {}
    roots: dict[str, Path] = {}
    located: list[Located] = []
    for folder, hit in hits:
        key = (folder.uri, hit.path)
        if key not in files:
            if folder.uri not in roots:
                roots[folder.uri] = folder.path.resolve()
            files[key] = _live(folder, hit.path, documents, roots[folder.uri], most_bytes)
        document, text = files[key]
        if text is not None:
            rank = len(located) + 1
            ranked = hit if hit.rank == rank else replace(hit, rank=rank)
            located.append(Located(folder, ranked, document, text))
    return located


def _live(
    folder: Folder, name: str, documents: OpenDocuments, root: Path, most_bytes: int
) -> tuple[OpenDocument | None, bytes | None]:
    """The open document of a file and its text, or the text on disk; `root` is the folder without links.

    That the rules let the file in was found out when the hit was checked, a moment ago.
    """
    document = documents.of_indexed(folder.path, name)
    if document is not None:
        return document, document.data
    try:
        text = read_head(root, name, most_bytes + 1)
    except OSError:
        # Removed, or replaced by a link, since the search: the watcher will hear of it.
        return None, None
    return None, text if len(text) <= most_bytes else None
