"""From the bytes of a source file to its units."""

from mindgap_indexer.parsing.passages import passages, without_head
from mindgap_indexer.parsing.prose import clean_comment, split_summary
from mindgap_indexer.parsing.source import parse_source

__all__ = ["clean_comment", "parse_source", "passages", "split_summary", "without_head"]
