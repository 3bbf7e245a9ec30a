"""Pairs from files: reading, de-duplicating, splitting and counting them."""

from mindgap_training.corpora.dedupe import deduplicate
from mindgap_training.corpora.known import CORPORA, Corpus, load_candidates, load_corpus
from mindgap_training.corpora.readers import read_pairs, write_pairs
from mindgap_training.corpora.splits import split_by_group, without_leaks
from mindgap_training.corpora.stats import CorpusStats, summarise

__all__ = [
    "CORPORA",
    "Corpus",
    "CorpusStats",
    "deduplicate",
    "load_candidates",
    "load_corpus",
    "read_pairs",
    "split_by_group",
    "summarise",
    "without_leaks",
    "write_pairs",
]
