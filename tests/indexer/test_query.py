from __future__ import annotations

import pytest

from mindgap_indexer.errors import QueryError
from mindgap_indexer.ranking import classify, parse_query
from mindgap_indexer.types import Mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("parse_header", Mode.SYMBOL),
        ("HttpClient.send", Mode.SYMBOL),
        ("std::sort", Mode.SYMBOL),
        ("revoke!", Mode.SYMBOL),
        ("encode", Mode.SYMBOL),
        ("jacard_coef centrality", Mode.SYMBOL),
        ("how are cookies stored between requests", Mode.NATURAL_LANGUAGE),
        ("if the connection drops, try again a few times", Mode.NATURAL_LANGUAGE),
        ("return the shortest path", Mode.NATURAL_LANGUAGE),
        ("for each x in xs:\n  if x > best: best = x\nreturn best", Mode.PSEUDOCODE),
        ("low = 0, high = n\nwhile low < high\n  mid = middle of both\n", Mode.PSEUDOCODE),
        ("repeat\n  swap neighbours\nuntil nothing was swapped", Mode.PSEUDOCODE),
        ("def add(a, b):\n    return a + b\n", Mode.CODE),
        ("for (int i = 0; i < n; i++) {\n  sum += a[i];\n}", Mode.CODE),
        ("const total = items.reduce((sum, item) => sum + item.price, 0);\nreturn total;", Mode.CODE),
    ],
)
def test_classify(text: str, mode: Mode) -> None:
    assert classify(text) is mode


def test_terms_leave_stop_words_out_and_count_once() -> None:
    assert parse_query("how do I parse the parsed header of a request").terms == ("pars", "header", "request")


def test_the_language_is_where_and_not_what() -> None:
    assert parse_query("python check whether a list is empty").words == ("check", "whether", "list", "empty")
    assert parse_query("python version").words == ("python", "version")
    assert "python" in parse_query("if no python:\n    stop\nreturn").words
    assert parse_query("parse json in Java").subject.split() == ["parse", "json", "in"]
    for whole in ("python version", "pythonic names of things", "if no python:\n    stop\nreturn"):
        assert parse_query(whole).subject == whole


def test_a_query_of_stop_words_alone_keeps_them() -> None:
    assert parse_query("how do I").terms == ("how", "do", "i")


def test_match_quotes_every_term() -> None:
    assert parse_query('drop "table" OR NEAR(x) * -').match_terms == ("drop", "tabl", "near", "x")


def test_symbols_alone_have_trigrams() -> None:
    assert parse_query("getUser").trigrams == ("get", "etu", "tus", "use", "ser")
    assert parse_query("get the user of a session").trigrams == ()


@pytest.mark.parametrize("text", ["", "   \n", "?!", "\ud800", "\0"])
def test_nothing_to_search_for(text: str) -> None:
    with pytest.raises(QueryError, match="no word to search for"):
        parse_query(text)


def test_a_forced_mode_is_kept() -> None:
    assert parse_query("encode", Mode.CODE).mode is Mode.CODE


def test_a_huge_query_is_bounded() -> None:
    query = parse_query(" ".join(f"word{i}x" for i in range(100_000)))
    assert len(query.terms) == 48
