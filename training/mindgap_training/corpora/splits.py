"""Splitting pairs so that nothing of what is measured was seen in training."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from mindgap_training.corpora.dedupe import P, tokens
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair


def position(name: str, seed: int = 0) -> float:
    """A number in [0, 1) that depends on the name and the seed alone: the same on every machine."""
    digest = hashlib.blake2b(f"{seed}:{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def split_by_group(pairs: Iterable[P], share: Mapping[str, float], seed: int) -> dict[str, list[P]]:
    """Splits of about the wanted shares, no group in two of them.

    A pair without a group is one with all that have its code. Then the largest split loses every pair
    whose code is also in a smaller one: groups may hold copies of each other's files.
    """
    if not share or min(share.values()) < 0 or sum(share.values()) <= 0:
        raise TrainingDataError("The shares of the splits should be positive, like {'train': 9, 'dev': 1}.")
    groups: defaultdict[str, list[P]] = defaultdict(list)
    for pair in pairs:
        groups[pair.group or pair.code].append(pair)
    total = sum(map(len, groups.values()))
    missing = {name: part / sum(share.values()) * total for name, part in share.items()}
    splits: dict[str, list[P]] = {name: [] for name in share}
    for group in sorted(groups, key=lambda name: (position(name, seed), name)):
        size = len(groups[group])
        # The smallest split first, or a few large groups would leave it empty; none is filled far beyond
        # its share.
        fitting = [name for name in sorted(missing, key=share.__getitem__) if missing[name] >= size / 2]
        chosen = fitting[0] if fitting else max(missing, key=missing.__getitem__)
        splits[chosen] += groups[group]
        missing[chosen] -= size
    largest = max(share, key=share.__getitem__)
    held_out = [pair for name, members in splits.items() if name != largest for pair in members]
    splits[largest] = without_leaks(splits[largest], held_out)
    return splits


def without_leaks(train: Sequence[P], held_out: Iterable[Pair]) -> list[P]:
    """The training pairs whose code is no held-out pair's, blanks and case aside."""
    seen = {tuple(tokens(pair.code)) for pair in held_out}
    return [pair for pair in train if tuple(tokens(pair.code)) not in seen]
