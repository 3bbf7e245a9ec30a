"""What a user can set of the indexer; every default works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Options of one workspace's index."""

    max_file_bytes: int = 1_048_576
    """Larger files are left out."""
    exclude: tuple[str, ...] = ()
    """Patterns as in .gitignore, beside the ignore files and the built-in ones."""
    deep_model: str | None = None
    """`default` for the model that ships, else a Hugging Face id or a folder; None: instant tier alone."""
    deep_revision: str | None = None
    """Revision of the Hugging Face id."""
