"""Reading queries and ordering candidates; pure functions over values."""

from mindgap_indexer.ranking.classify import classify
from mindgap_indexer.ranking.cross import CrossReader
from mindgap_indexer.ranking.features import Candidate, Evidence, likeness, likeness_of_steps, word_weights
from mindgap_indexer.ranking.late import Interaction, interact
from mindgap_indexer.ranking.query import ParsedQuery, parse_query
from mindgap_indexer.ranking.score import Ranked, rank

__all__ = [
    "Candidate",
    "CrossReader",
    "Evidence",
    "Interaction",
    "ParsedQuery",
    "Ranked",
    "classify",
    "interact",
    "likeness",
    "likeness_of_steps",
    "parse_query",
    "rank",
    "word_weights",
]
