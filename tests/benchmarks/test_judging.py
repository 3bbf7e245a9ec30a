"""Figures of the quality bench against what can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from benchmarks.quality.judging import by_files, by_function, by_snippet, is_gold
from benchmarks.quality.types import Answered, Gold, Question

from mindgap_indexer import Confidence, Hit, Kind


def make_hit(
    path: str, name: str = "f", start: int = 1, end: int = 9, rank: int = 1, **features: float
) -> Hit:
    return Hit(
        rank=rank, path=path, start_line=start, end_line=end, name_line=start, start_byte=0, end_byte=0,
        name_start_byte=0, name_end_byte=0, name=name, qualname=name, kind=Kind.FUNCTION, language="python",
        signature="", score=0.5, confidence=Confidence.LOW, features=features,
    )  # fmt: skip


def asked(*golds: Gold) -> Question:
    return Question("1", "what", "nl", golds)


def test_files_count_once_and_at_their_first_hit() -> None:
    hits = [make_hit("a.py"), make_hit("a.py"), make_hit("b.py"), make_hit("c.py")]
    figures = by_files(asked(Gold("src/b.py"), Gold("src/c.py")), Answered(hits, False), "src/")
    ideal = 1 + 1 / math.log2(3)
    assert figures["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / ideal)


def test_ten_hits_of_one_file_hide_the_second_file_only_at_the_default_limit() -> None:
    hits = [*(make_hit("a.py") for _ in range(10)), make_hit("b.py")]
    figures = by_files(asked(Gold("b.py")), Answered(hits, False), "")
    assert figures["ndcg@10"] == pytest.approx(1 / math.log2(3))
    assert figures["ndcg@10 of 10 hits"] == 0


def test_an_abstained_answer_is_not_found_but_right_when_nothing_fits() -> None:
    answered = Answered([make_hit("a.py", "f")], abstained=True)
    assert by_function(asked(Gold("a.py", "f", 1, 1, 9)), answered, "")["mrr"] == 0
    assert by_function(asked(), answered, "") == {"abstained on absent": 1.0}


def test_the_rank_of_a_snippet_counts_files() -> None:
    hits = [make_hit("1.py"), make_hit("1.py"), make_hit("2.py")]
    figures = by_snippet(asked(Gold("2.py")), Answered(hits, False), "")
    assert (figures["mrr"], figures["recall@1"], figures["recall@5"]) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize(
    ("hit", "right"),
    [
        (make_hit("a.py", "say", 12, 14), True),
        (make_hit("a.py", "Shell::say", 8, 11), True),
        (make_hit("a.py", "say", 40, 44), False),
        (make_hit("b.py", "say", 10, 19), False),
        (make_hit("a.py", "Shell", 5, 30), True),
        (make_hit("a.py", "Shell", 5, 60), False),
        (make_hit("a.py", "other", 12, 14), False),
        (make_hit("a.py", "say", 3, 3), True),
    ],
)
def test_a_hit_is_right_by_name_and_place_or_when_it_covers_closely(hit: Hit, right: bool) -> None:
    gold = Gold("a.py", "Shell.say", start_line=11, first_line=10, end_line=19, overload_lines=(3,))
    assert is_gold(hit, gold) is right
