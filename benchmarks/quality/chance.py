"""Choices that fall the same way on every machine and in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def draw(key: str, sides: int) -> int:
    """A number below `sides` that depends on the key alone."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % sides


def sample(items: Iterable[Item], number: int, key: Callable[[Item], str]) -> Sequence[Item]:
    """So many of the items, chosen by their keys and in the order of the draw."""
    return sorted(items, key=lambda item: (draw(key(item), 1 << 62), key(item)))[:number]
