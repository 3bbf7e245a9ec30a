"""What is no longer used goes back to the system."""

from __future__ import annotations

import gc
import platform

import psutil
import pytest

from mindgap_indexer.memory import collect_seldom, give_back_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries give it back by themselves")
def test_freed_memory_goes_back() -> None:
    process = psutil.Process()
    pieces = [bytearray(60_000) for _ in range(1_000)]  # of a size for which glibc does not ask the system
    last = bytearray(60_000)
    del pieces
    before = process.memory_info().rss
    give_back_memory()
    assert process.memory_info().rss < before - 30e6
    assert len(last) == 60_000


def test_garbage_is_looked_for_seldom() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] > 10 * before[0]
    finally:
        gc.set_threshold(*before)
