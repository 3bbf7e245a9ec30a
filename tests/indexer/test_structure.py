from __future__ import annotations

import numpy as np
import pytest

from mindgap_indexer.structure import (
    CONSTRUCTS,
    SIZE,
    compare,
    shape_of_code,
    shape_of_words,
    shapes,
)

BINARY_SEARCH = """
    while lo < hi:
        mid = (lo + hi) // 2
        if a[mid] < x:
            lo = mid + 1
        else:
            hi = mid
    return lo
"""
GREETING = '    print("hello", name)\n'
ASKED = """
repeat while start is smaller than end
    middle = half of both
    if item[middle] < wanted: start = middle + 1
    otherwise end = middle
return start
"""


def named(shape: bytes) -> dict[str, float]:
    values = shapes([shape])[0]
    return {construct.name: float(value) for construct, value in zip(CONSTRUCTS, values, strict=False)}


def test_counts_constructs_of_code() -> None:
    found = named(shape_of_code("bisect", BINARY_SEARCH))
    present = {name for name, value in found.items() if value > 0}
    assert present == {"loop", "branch", "otherwise", "return", "comparison", "index"}
    assert found["comparison"] == pytest.approx(np.log(3), abs=0.05)


@pytest.mark.parametrize(
    ("code", "construct"),
    [
        ("items.forEach(x => x)", "loop"),
        ("total += 1", "update"),
        ("i++;", "update"),
        ("throw new KeyException()", "failure"),
        ("defer close(f)", "rescue"),
        ("x = ok ? 1 : 2", "branch"),
        ("mask = a << 3", "bits"),
        ("self.writeLock.acquire()", "lock"),
        ("queue.push_back(x)", "putting"),
        ("await response", "hand over"),
    ],
)
def test_knows_a_construct_in_many_languages(code: str, construct: str) -> None:
    assert named(shape_of_code("f", code))[construct] > 0


def test_a_call_of_itself_is_recursion() -> None:
    recursion = len(CONSTRUCTS)
    assert shape_of_code("fact", "return n * fact(n - 1)")[recursion] > 0
    assert shape_of_code("fact", "return n * other(n - 1)")[recursion] == 0


def test_pseudocode_is_like_the_code_that_it_tells() -> None:
    code = shapes([shape_of_code("f", BINARY_SEARCH), shape_of_code("g", GREETING), bytes(SIZE)])
    alike = compare(code, shape_of_words(ASKED), np.zeros(3, np.float32))
    for measure in (alike.overlap, alike.covered, alike.present, alike.direction, alike.length):
        assert measure[0] > measure[1] >= measure[2] - 1e-6
        assert 0 <= measure.min() <= measure.max() <= 1


def test_a_giant_body_fits_in_a_byte_each() -> None:
    assert len(shape_of_code("f", "x += 1\n" * 100_000)) == SIZE
    assert len(shape_of_code("", "")) == SIZE
