"""The texts that the editor holds open, frozen at the moment of a request."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mindgap_server.folders import real_path, same_path


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """One open document."""

    uri: str
    path: Path
    text: str

    @property
    def data(self) -> bytes:
        """The text as UTF-8."""
        return self.text.encode("utf-8", "replace")


class OpenDocuments:
    """Open documents by path; safe to read from any thread."""

    def __init__(self, documents: Iterable[OpenDocument] = ()) -> None:
        self._by_path = {same_path(document.path): document for document in documents}
        self._by_real_path: dict[str, OpenDocument] | None = None

    def at(self, *path: str | Path) -> OpenDocument | None:
        """The open document of a file, if there is one; its path may come in parts."""
        # Asked for every hit, and mostly no file is open.
        return self._by_path.get(same_path(os.path.join(*path))) if self._by_path else None

    def of_indexed(self, folder: Path, name: str) -> OpenDocument | None:
        """The open document of a file in an index, also when it was opened by another name.

        Only for files that the rules let in: a name that leads to a secret says nothing of it.
        """
        if not self._by_path:
            return None
        if self._by_real_path is None:
            self._by_real_path = {
                same_path(real_path(document.path)): document for document in self._by_path.values()
            }
        return self.at(folder, name) or self._by_real_path.get(same_path(real_path(folder / name)))

    def data(self, *path: str | Path) -> bytes | None:
        """The live text of an open file as UTF-8."""
        document = self.at(*path)
        return None if document is None else document.data
