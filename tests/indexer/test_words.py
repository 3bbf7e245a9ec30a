from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap_indexer.terms import field, fold, terms
from mindgap_indexer.words import PerText, compact, forget_texts, runs, words


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
        ("数据库 open", "数据 据库 open"),
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
    assert field("word " * 5_000) == ["word"] * 2_000
    assert len(field(" ".join(f"w{i}" for i in range(3_000)))) == 2_000


@pytest.mark.parametrize(
    "text", ["", "Parses parsing_parsed 2x", "größe groesse größe", "aB" * 10, "x" * 2_500]
)
def test_field_holds_folded_terms(text: str) -> None:
    assert field(text) == [fold(term) for term in terms(text)]


@given(st.text(st.characters(max_codepoint=127)))
@settings(deadline=None, database=None, derandomize=True)
def test_runs_of_plain_text_are_those_of_any_text(text: str) -> None:
    assert runs(text) == re.findall(r"[^\W_]+", text)


def test_what_is_remembered_of_texts_is_bounded() -> None:
    asked: list[str] = []

    def compute(text: str) -> int:
        asked.append(text)
        return len(text)

    lengths = PerText(compute, 10)
    assert [lengths[text] for text in ("abc", "abc", "defghijklm", "no", "abc")] == [3, 3, 10, 2, 3]
    assert asked == ["abc", "defghijklm", "no", "abc"]
    forget_texts()
    assert (lengths["abc"], len(asked)) == (3, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("解析配置文件", ["解析", "析配", "配置", "置文", "文件"]),
        ("読む", ["読む"]),
        ("門", ["門"]),
        ("parse配置2 ok", ["parse", "配置", "2", "ok"]),
        ("配" * 60, ["配配"] * 59),
    ],
)
def test_scripts_without_spaces_are_read_by_two_letters(text: str, expected: list[str]) -> None:
    assert words(text) == expected
