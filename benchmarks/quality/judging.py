"""What an answer is worth: ranks of right hits, NDCG, recall."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from benchmarks.quality.types import Answered, Figures, Gold, Question
from mindgap_indexer import Hit

DEPTH = 10
RECALL_AT = (1, 5, 10)
ON_ABSENT = "abstained on absent"
ON_ANSWERABLE = "abstained on answerable"


def distinct_files(hits: Iterable[Hit], prefix: str = "") -> list[str]:
    """Paths in the order of their first hit."""
    return list(dict.fromkeys(prefix + hit.path for hit in hits))


def ndcg(targets: frozenset[str], ranked: Sequence[str], depth: int = DEPTH) -> float:
    """Binary gain of ranked distinct paths, relative to all targets on top."""
    gain = sum(1 / math.log2(rank + 1) for rank, path in enumerate(ranked[:depth], 1) if path in targets)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(depth, len(targets)) + 1))
    return gain / ideal


def by_files(question: Question, answered: Answered, prefix: str) -> Figures:
    """NDCG@10 over distinct files of all hits, and of the ten that a search shows unless told otherwise."""
    targets = frozenset(gold.path for gold in question.golds)
    return {
        "ndcg@10": ndcg(targets, distinct_files(answered.hits, prefix)),
        "ndcg@10 of 10 hits": ndcg(targets, distinct_files(answered.hits[:DEPTH], prefix)),
    }


def by_function(question: Question, answered: Answered, prefix: str, depth: int = DEPTH) -> Figures:
    """Recall and reciprocal rank of the function itself among so many hits; abstained is not found."""
    if not question.golds:
        return {ON_ABSENT: float(answered.abstained)}
    hits: Sequence[Hit] = () if answered.abstained else answered.hits
    right = (any(is_gold(hit, gold, prefix) for gold in question.golds) for hit in hits[:depth])
    return {**ranked_figures(first(right)), ON_ANSWERABLE: float(answered.abstained)}


def by_snippet(question: Question, answered: Answered, prefix: str) -> Figures:
    """Recall and reciprocal rank among snippets, of which each is a file; near misses count as answers."""
    right = {gold.path for gold in question.golds}
    found = first(path in right for path in distinct_files(answered.hits, prefix))
    return {**ranked_figures(found), ON_ANSWERABLE: float(answered.abstained)}


def first(right: Iterable[bool]) -> int:
    """Place of the first right one, counted from 1; 0 if there is none."""
    return next((rank for rank, is_right in enumerate(right, 1) if is_right), 0)


def ranked_figures(rank: int) -> dict[str, float]:
    """Recall and reciprocal rank from the place of the first right hit."""
    recalls = {f"recall@{k}": float(1 <= rank <= k) for k in RECALL_AT}
    return {**recalls, "mrr": 1 / rank if rank else 0.0}


def last_component(name: str) -> str:
    """`Shell.say`, `Shell::say` and `say` are all `say`."""
    return re.split(r"::|->|[.#]", name)[-1] or name


def is_gold(hit: Hit, gold: Gold, prefix: str = "") -> bool:
    """The hit names the gold function and overlaps it, or covers its line without being much longer."""
    if prefix + hit.path != gold.path:
        return False
    spans = [(gold.first_line, gold.end_line), *((line, line) for line in gold.overload_lines)]
    if last_component(hit.name) == last_component(gold.name):
        return any(hit.start_line <= end and start <= hit.end_line for start, end in spans)
    covers = hit.start_line <= gold.start_line <= hit.end_line
    return covers and hit.end_line - hit.start_line + 1 <= 3 * (gold.end_line - gold.first_line + 1)
