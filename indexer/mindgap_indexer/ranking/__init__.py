"""Reading queries and ordering candidates; pure functions over values."""

from mindgap_indexer.ranking.classify import classify
from mindgap_indexer.ranking.features import Candidate, Evidence
from mindgap_indexer.ranking.query import ParsedQuery, parse_query
from mindgap_indexer.ranking.score import Ranked, rank

__all__ = ["Candidate", "Evidence", "ParsedQuery", "Ranked", "classify", "parse_query", "rank"]
