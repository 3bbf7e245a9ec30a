"""From the bytes of a source file to its units."""

from mindgap_indexer.parsing.passages import passages
from mindgap_indexer.parsing.source import parse_source

__all__ = ["parse_source", "passages"]
