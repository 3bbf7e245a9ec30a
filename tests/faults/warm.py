"""Imported once by the process that all others are forked from, so that each starts in milliseconds."""

import mindgap_indexer.workspace  # pyright: ignore[reportUnusedImport]
import mindgap_server.app  # pyright: ignore[reportUnusedImport]
import mindgap_server.cli.app  # pyright: ignore[reportUnusedImport]
import mindgap_server.session  # pyright: ignore[reportUnusedImport]
from mindgap_indexer.languages import by_name, load_grammar

load_grammar(by_name("python"))

__all__ = ["mindgap_indexer", "mindgap_server"]
