"""Every error that Mindgap raises on purpose.

MindgapError
├── WorkspaceError      the folder cannot be opened or read
├── StoreError          the index file cannot be opened, read or written
│   └── StoreBusyError  another process holds what this one needs
├── ModelError          a model is missing, damaged or does not fit
└── QueryError          a query or a filter cannot be understood

Cancelled is not a failure and therefore stands apart.

Each message is one or two sentences for the person at the keyboard: what happened, then what to do.
"""

from __future__ import annotations


class MindgapError(Exception):
    """Base of all errors with a message meant for the user."""


class WorkspaceError(MindgapError):
    """The folder cannot be opened or read."""


class StoreError(MindgapError):
    """The index file cannot be opened, read or written."""


class StoreBusyError(StoreError):
    """Another process holds what this one needs."""


class ModelError(MindgapError):
    """A model is missing, damaged or does not fit."""


class QueryError(MindgapError):
    """A query or a filter cannot be understood."""


class Cancelled(Exception):  # noqa: N818 - like asyncio.CancelledError, a request that was granted
    """The work was cancelled by its caller; whatever was finished before is kept."""
