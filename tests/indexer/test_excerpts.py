from __future__ import annotations

from mindgap_indexer.excerpts import Excerpt, excerpt, query_terms

LINES = [
    "def load(path):",
    '    """Open a file."""',
    "    data = read(path)",
    "    checked = verify(data)",
    "    for row in checked:",
    "        if row.is_expired():",
    "            drop_expired_rows(row)",
    "    return data",
]


def test_query_terms_leave_out_words_that_say_nothing() -> None:
    assert query_terms("where are the expired rows dropped?") == query_terms("expired row drop")


def test_from_the_start_the_first_lines_come() -> None:
    wanted = query_terms("drop expired rows")
    assert excerpt(LINES, wanted, 3, from_start=True) == Excerpt(0, 3, ())


def test_around_the_match_the_lines_that_say_it_come_and_are_marked() -> None:
    wanted = query_terms("drop expired rows")
    assert excerpt(LINES, wanted, 3, from_start=False) == Excerpt(4, 3, (5, 6))


def test_without_any_match_it_is_the_start() -> None:
    assert excerpt(LINES, query_terms("unrelated"), 2, from_start=False) == Excerpt(0, 2, ())


def test_a_short_unit_is_whole() -> None:
    assert excerpt(LINES[:2], query_terms("file"), 9, from_start=False) == Excerpt(0, 2, (1,))
    assert excerpt([], query_terms("file"), 9, from_start=False) == Excerpt(0, 0, ())
