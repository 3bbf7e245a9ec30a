from __future__ import annotations

import pytest

from mindgap_indexer.terms import field, terms
from mindgap_indexer.words import compact, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parseHTTPHeader", "parse http header"),
        ("snake_case_name", "snake case name"),
        ("MAX_SIZE", "max size"),
        ("sha256", "sha 256"),
        ("__init__", "init"),
        ("get2DArray", "get 2 d array"),
        ("HTTPGröße", "http größe"),
        ("ÄnderungsDatum", "änderungs datum"),
        ("数据库 open", "数据库 open"),
        ("a.b->c::d", "a b c d"),
        ("", ""),
        ("!?&%", ""),
        ("x" * 41, ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


def test_words_of_lone_surrogates_and_nul() -> None:
    assert words("a\ud800b\0c") == ["a", "b", "c"]


def test_compact_ignores_separators_and_case() -> None:
    assert compact("find_first") == compact("findFirst") == compact("Find First") == "findfirst"


def test_terms_meet_in_their_stem() -> None:
    assert terms("parses parsing parsed") == ["pars"] * 3


def test_field_is_bounded() -> None:
    assert len(field("word " * 5_000)) == 2_000
