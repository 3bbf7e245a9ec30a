from __future__ import annotations

import dataclasses

import pytest

from mindgap_indexer.ranking import Candidate, Evidence, parse_query, rank
from mindgap_indexer.types import Confidence, Kind

EVIDENCE = Evidence(
    lexical={1: 8.0, 2: 8.0},
    semantic={1: 0.6, 2: 0.6, 3: 0.1, 4: 0.1, 5: 0.0},
    deep={},
    document_counts={"retri": 2, "call": 10},
    unit_count=100,
)


def candidate(unit_id: int, **changes: object) -> Candidate:
    plain = Candidate(unit_id, unit_id, f"src/m{unit_id}.py", Kind.FUNCTION, "again", "again")
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def order(query: str, *candidates: Candidate, evidence: Evidence = EVIDENCE) -> list[int]:
    return [ranked.candidate.unit_id for ranked in rank(parse_query(query), candidates, evidence)[0]]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (candidate(1, path="tests/test_m.py"), candidate(2)),
        (candidate(1, path="src/__tests__/m.ts"), candidate(2)),
        (candidate(1, path="pkg/m_test.go"), candidate(2)),
        (candidate(1, path="examples/m.py"), candidate(2)),
        (candidate(1, kind=Kind.MODULE), candidate(2)),
        (candidate(1), candidate(2, name="retry_call", qualname="retry_call")),
        (candidate(1), candidate(2, path="src/retry.py")),
        (candidate(1), candidate(2, qualname="Retry.again")),
        (candidate(5), candidate(2)),
    ],
)
def test_what_stands_behind_what(worse: Candidate, better: Candidate) -> None:
    assert order("retry a failing call", worse, better) == [better.unit_id, worse.unit_id]


def test_tests_are_not_behind_when_asked_for() -> None:
    assert order("test of the retry call", candidate(1, path="a/test_m.py"), candidate(2, path="b/m.py")) == [
        1,
        2,
    ]


def test_the_deep_cosine_decides_where_it_is() -> None:
    evidence = dataclasses.replace(EVIDENCE, deep={1: 0.1, 2: 0.7, 3: 0.1})
    assert order("retry a failing call", candidate(1), candidate(2), evidence=evidence) == [2, 1]


def test_equal_candidates_keep_a_stable_order() -> None:
    assert order("retry a failing call", candidate(2), candidate(1)) == [1, 2]


def test_confidence_is_in_words() -> None:
    perfect = candidate(
        1, name="retry_failing_call", qualname="retry_failing_call", path="retry/failing/call.py"
    )
    ranked, _ = rank(parse_query("retry a failing call"), [perfect, candidate(5)], EVIDENCE)
    assert [item.confidence for item in ranked] == [Confidence.HIGH, Confidence.LOW]


def test_no_candidates_is_an_abstention() -> None:
    assert rank(parse_query("retry"), [], EVIDENCE) == ([], True)


@pytest.mark.parametrize(
    ("known", "cosine", "abstains"),
    [(0, 0.6, True), (0, 0.8, False), (1, 0.3, True), (1, 0.4, False), (3, 0.1, False)],
)
def test_abstains_when_neither_words_nor_meaning_fit(known: int, cosine: float, abstains: bool) -> None:
    terms = ["alpha", "beta", "gamma"]
    evidence = Evidence({1: 1.0}, {1: cosine, 2: 0.0}, {}, dict.fromkeys(terms[:known], 5), 100)
    _, abstained = rank(parse_query("alpha beta gamma and more of it"), [candidate(1)], evidence)
    assert abstained is abstains
