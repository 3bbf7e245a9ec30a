"""Which transformer the deep tier uses when the user named none."""

from __future__ import annotations


def model_or_default(model: str | None) -> str:
    """The model named by the user, else the one whose weights Mindgap knows by hash."""
    from mindgap_indexer.encoding.bases import ALL_MINILM

    return model or ALL_MINILM.repository
