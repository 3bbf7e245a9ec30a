from __future__ import annotations

import json

import pytest

from mindgap_indexer import Mode, QueryError, SearchResult
from mindgap_server.cli.batch import answers


def answer(query: str, mode: Mode | None) -> SearchResult:
    if not query:
        raise QueryError("The query holds no word.")
    return SearchResult(query, mode or Mode.NATURAL_LANGUAGE, False, (), 1.23456)


def answered(*lines: bytes) -> list[dict[str, object]]:
    return list(answers(lines, answer))


def only_error(line: bytes) -> dict[str, object]:
    (found,) = answered(line)
    assert found.keys() <= {"id", "error"}
    return found


def test_an_answer_has_the_id_and_the_query() -> None:
    (found,) = answered(b'{"id": "a7", "query": "parse a date", "mode": "symbol"}')
    assert found == {
        "id": "a7",
        "query": "parse a date",
        "mode": "symbol",
        "abstained": False,
        "elapsed_ms": 1.23,
        "hits": [],
    }
    assert next(iter(found)) == "id"


def test_any_id_comes_back_as_it_was() -> None:
    assert [found.get("id") for found in answered(b'{"id": 7, "query": "x"}', b'{"query": "x"}')] == [7, None]


def test_blank_lines_are_no_queries() -> None:
    assert answered(b"\n", b"  \r\n") == []


def test_each_malformed_line_says_what_is_wrong_with_it() -> None:
    assert "no JSON" in str(only_error(b"parse a date")["error"])
    assert "no JSON" in str(only_error(b'{"id": "1", "query": "\xff"}')["error"])
    assert "no JSON" in str(only_error(b"[" * 100_000)["error"])
    assert "object" in str(only_error(b'["parse a date"]')["error"])
    assert only_error(b'{"id": "2"}') == {"id": "2", "error": 'This line has no text under "query".'}
    assert only_error(b'{"id": "3", "query": 3}')["id"] == "3"
    assert only_error(b'{"id": "5", "query": ""}') == {"id": "5", "error": "The query holds no word."}


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999", b"[[-1e999]]"])
def test_a_number_that_json_does_not_have_makes_a_malformed_line(number: bytes) -> None:
    error = only_error(b'{"id": ' + number + b', "query": "x"}')
    assert error.keys() == {"error"}
    assert str(error["error"]).startswith("This line is no JSON: ")
    assert only_error(b'{"id": 1.5e300, "query": ""}')["id"] == 1.5e300


def test_an_unknown_mode_names_the_known_ones() -> None:
    for mode in (b'"prose"', b"[1]", b"{}"):
        error = only_error(b'{"id": "4", "query": "x", "mode": ' + mode + b"}")["error"]
        assert "Known are: auto, nl, pseudocode, symbol, code." in str(error)


def test_the_others_are_answered() -> None:
    found = answered(b'{"id": 1, "query": "x"}', b"{", b'{"id": 3, "query": "y"}')
    assert [("error" in record, record.get("id")) for record in found] == [
        (False, 1),
        (True, None),
        (False, 3),
    ]


def test_answers_come_as_their_lines_do() -> None:
    def lines() -> object:
        yield json.dumps({"query": "x"}).encode()
        raise AssertionError("the first answer waited for the second line")

    assert next(answers(lines(), answer))["query"] == "x"  # type: ignore[arg-type]
