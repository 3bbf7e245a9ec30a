from __future__ import annotations

from mindgap_training.background import PER_GROUP, UNITS, background
from mindgap_training.pairs import Pair
from tests.fakes import hash_model


def pairs(groups: int, each: int) -> list[Pair]:
    return [
        Pair(f"{g}:{i}", "q", f"def f{i}(): return g{g}", "python", f"package{g}", "train", "mined")
        for g in range(groups)
        for i in range(each)
    ]


def test_no_package_fills_the_background() -> None:
    assert len(background(hash_model(), pairs(3, 20)).rows) == 3 * PER_GROUP


def test_it_is_a_sample_of_fixed_size_that_the_seed_decides() -> None:
    many = pairs(UNITS // PER_GROUP + 5, PER_GROUP)
    first, again, other = (background(hash_model(), many, seed).rows for seed in (0, 0, 1))
    assert len(first) == UNITS
    assert (first == again).all()
    assert (first != other).any()
