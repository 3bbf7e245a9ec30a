"""What of the pairs of many packages is worth training on: nothing twice, nothing that is measured with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mindgap_training.corpora.dedupe import find_duplicates
from mindgap_training.corpora.splits import position, without_leaks
from mindgap_training.pairs import Pair, UnitPair

MOST_ALIKE = 8
"""Of one sentence over all packages: more `returns the hash code` teach nothing."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The pairs that are left, and how many were left out for which reason."""

    pairs: list[UnitPair]
    alike: int
    exact: int
    near: int
    copies: int
    """Of code that is held out."""


def select(pairs: Sequence[UnitPair], heldout: Iterable[Pair]) -> Selected:
    """Choose; of copies the first stays, so the order of the packages is their precedence."""
    few = _few_alike(pairs)
    found = find_duplicates(few)
    kept = without_leaks(found.kept, heldout)
    return Selected(kept, len(pairs) - len(few), found.exact, found.near, len(found.kept) - len(kept))


def _few_alike(pairs: Sequence[UnitPair]) -> list[UnitPair]:
    count: Counter[str] = Counter()
    chosen: set[str] = set()
    for pair in sorted(pairs, key=lambda pair: position(pair.id)):
        sentence = pair.query.lower()
        count[sentence] += 1
        if count[sentence] <= MOST_ALIKE:
            chosen.add(pair.id)
    return [pair for pair in pairs if pair.id in chosen]
