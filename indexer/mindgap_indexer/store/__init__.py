"""The index of one workspace root in one SQLite file: units, full text, vectors."""

from mindgap_indexer.store.reader import StoreReader
from mindgap_indexer.store.records import PreparedFile, PreparedUnit, StoredFile, StoredUnit
from mindgap_indexer.store.store import Store
from mindgap_indexer.store.view import Allowed
from mindgap_indexer.store.writer import StoreWriter

__all__ = [
    "Allowed",
    "PreparedFile",
    "PreparedUnit",
    "Store",
    "StoreReader",
    "StoreWriter",
    "StoredFile",
    "StoredUnit",
]
