"""Mindgap's indexer: from a folder of code to the function that does what you describe.

>>> from mindgap_indexer import Workspace
>>> for hit in Workspace.open(".").search("split an identifier into words").hits:
...     print(f"{hit.path}:{hit.start_line} {hit.qualname}")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        Changes,
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
    from mindgap_indexer.workspace import Workspace

__all__ = [
    "Cancelled",
    "Changes",
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


_MODULES = ("errors", "options", "types", "workspace")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the protocol of module attributes
    """Load a name's module at its first use: who needs only an error need not load numpy and grammars."""
    for module in (
        map(import_module, (f"{__name__}.{module}" for module in _MODULES)) if name in __all__ else ()
    ):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
