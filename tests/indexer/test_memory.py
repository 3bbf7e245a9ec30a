"""What is no longer used goes back to the system."""

from __future__ import annotations

import gc
import platform
import tracemalloc

import psutil
import pytest

from mindgap_indexer.languages import by_name
from mindgap_indexer.memory import Trimmer, collect_seldom, give_back_memory
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.terms import field, stem
from mindgap_indexer.words import split_identifier


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


def test_it_goes_back_after_a_while_of_small_work(monkeypatch: pytest.MonkeyPatch) -> None:
    given = list[bool]()
    monkeypatch.setattr("mindgap_indexer.memory.give_back_memory", lambda: given.append(True))
    trimmer = Trimmer(every=100)
    for times in (0, 0, 1, 1, 1, 2):
        trimmer.note(40)
        assert len(given) == times


def test_what_is_remembered_of_words_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindgap_indexer.memory.FORGET_BYTES", 100)
    trimmer = Trimmer()
    field("typedOnlyOnce1")
    trimmer.note(90)
    assert split_identifier.cache_info().currsize > 0
    trimmer.note(20)
    assert split_identifier.cache_info().currsize == stem.cache_info().currsize == 0
    assert field("typedOnlyOnce1") == ["type", "onli", "onc", "1"]


def test_garbage_is_looked_for_seldom() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] > 10 * before[0]
    finally:
        gc.set_threshold(*before)


def test_what_was_parsed_is_freed() -> None:
    data = b"".join(b"def f%d(x):\n    return x + %d\n\n\n" % (i, i) for i in range(500))
    parse_source(data, by_name("python"), "warm")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            parse_source(data, by_name("python"), "sample")
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < len(data)  # the binding keeps all that a callback gives it
