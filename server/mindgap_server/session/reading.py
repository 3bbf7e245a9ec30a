"""The text of a file that a request names, read by the rules that decide what is indexed."""

from __future__ import annotations

from pathlib import Path

from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import SkipReason
from mindgap_indexer.workspace_rules import WorkspaceRules
from mindgap_indexer.workspace_rules.builtin import is_secret
from mindgap_server.documents import OpenDocuments
from mindgap_server.folders import Folder


def text_in(folder: Folder, name: str, options: IndexOptions, documents: OpenDocuments) -> bytes:
    """A file of a folder as the editor sees it. Raises WorkspaceError for what the index would leave out."""
    path = folder.path / name
    # Made anew, since a person asks and not a loop: the ignore files count as they are now.
    rules = WorkspaceRules(folder.path, options.max_file_bytes, options.exclude)
    live = documents.data(path)
    verdict = rules.judge(name) if live is None else rules.admits_file(name)
    if isinstance(verdict, SkipReason):
        raise WorkspaceError(_left_out(path, verdict))
    if live is not None:
        return live
    if verdict is None:
        raise WorkspaceError(f"{path} cannot be read. Check that it is there.")
    return rules.read(name)


def text_on_disk(folder: Folder, name: str, options: IndexOptions) -> bytes:
    """A file of a folder that no editor holds; empty where there is none that counts."""
    try:
        return text_in(folder, name, options, OpenDocuments())
    except WorkspaceError:
        return b""


def text_outside(path: Path, documents: OpenDocuments) -> bytes:
    """A file outside of all folders, of which only what the editor shows is known. Raises WorkspaceError."""
    if is_secret(path.name):
        raise WorkspaceError(_left_out(path, SkipReason.SECRET))
    live = documents.data(path)
    if live is None:
        raise WorkspaceError(f"{path} cannot be read. Check that it is in a workspace folder.")
    return live


def _left_out(path: Path, reason: SkipReason) -> str:
    return f"{path} is left out of the index ({reason.value}) and therefore not read. Choose another file."
