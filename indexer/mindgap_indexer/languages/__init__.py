"""Which languages Mindgap knows, how it recognises them and where their grammars are."""

from mindgap_indexer.languages.grammar import Grammar, load_grammar
from mindgap_indexer.languages.table import (
    LANGUAGES,
    Language,
    by_name,
    detect,
    detect_by_content,
    detect_by_shebang,
)

__all__ = [
    "LANGUAGES",
    "Grammar",
    "Language",
    "by_name",
    "detect",
    "detect_by_content",
    "detect_by_shebang",
    "load_grammar",
]
