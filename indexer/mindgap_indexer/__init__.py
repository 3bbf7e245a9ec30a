"""Mindgap's indexer: from a folder of code to the function that does what you describe.

>>> from mindgap_indexer import Workspace
>>> for hit in Workspace.open(".").search("split an identifier into words").hits:
...     print(f"{hit.path}:{hit.start_line} {hit.qualname}")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindgap_indexer.errors import (
    Cancelled,
    MindgapError,
    ModelError,
    QueryError,
    StoreBusyError,
    StoreError,
    WorkspaceError,
)
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import (
    Confidence,
    Filters,
    Hit,
    IndexStatus,
    IndexSummary,
    Kind,
    Mode,
    Progress,
    SearchResult,
    Tier,
)

if TYPE_CHECKING:
    from mindgap_indexer.workspace import Workspace

__all__ = [
    "Cancelled",
    "Confidence",
    "Filters",
    "Hit",
    "IndexOptions",
    "IndexStatus",
    "IndexSummary",
    "Kind",
    "MindgapError",
    "Mode",
    "ModelError",
    "Progress",
    "QueryError",
    "SearchResult",
    "StoreBusyError",
    "StoreError",
    "Tier",
    "Workspace",
    "WorkspaceError",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the protocol of module attributes
    """Load the facade at its first use: who needs only the types need not load database and grammars."""
    if name == "Workspace":
        from mindgap_indexer.workspace import Workspace

        return Workspace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
