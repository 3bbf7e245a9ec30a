"""Watching a workspace and reporting what changed."""

from mindgap_indexer.watching.watcher import ChangeBatch, Watcher

__all__ = ["ChangeBatch", "Watcher"]
