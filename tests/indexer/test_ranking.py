from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.errors import ModelError
from mindgap_indexer.ranking import Candidate, Evidence, Interaction, parse_query, rank
from mindgap_indexer.ranking.cross import CROSS, READ
from mindgap_indexer.ranking.features import FEATURES, coherence, feature_matrix
from mindgap_indexer.ranking.files import FileSigns, file_signs
from mindgap_indexer.ranking.learned import (
    DEFAULT_RANKER,
    Ranker,
    Weights,
    contributions,
    in_files,
    load_ranker,
    pack_ranker,
)
from mindgap_indexer.ranking.logistic import probability
from mindgap_indexer.ranking.mentions import JOINED, Mentions
from mindgap_indexer.ranking.score import Ranked
from mindgap_indexer.ranking.sureness import hit_signs
from mindgap_indexer.ranking.topics import topic_share
from mindgap_indexer.structure import Likeness
from mindgap_indexer.types import Confidence, Float32, Kind, Mode

QUERY = "retry a failing call"


def candidate(unit_id: int, **changes: object) -> Candidate:
    plain = Candidate(unit_id, unit_id, f"src/m{unit_id}.py", Kind.FUNCTION, "again", "again", 5)
    return plain._replace(**changes)  # type: ignore[arg-type]


def evidence(count: int, **changes: object) -> Evidence:
    """Equal evidence for candidates 1 to `count`."""
    ids = range(1, count + 1)
    some = np.full(count, 0.5, np.float32)
    plain = Evidence(
        lexical=dict.fromkeys(ids, 8.0),
        semantic=dict.fromkeys(ids, 0.6),
        deep={},
        document_counts={"retri": 2, "call": 10, "fail": 3},
        unit_count=100,
        interaction=Interaction(some, some, some, some, some, some, some),
        shape=Likeness.nothing(count),
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def order(query: str, *candidates: Candidate, said: Evidence | None = None) -> list[int]:
    ranked, _ = rank(parse_query(query), candidates, said or evidence(len(candidates)))
    return [item.candidate.unit_id for item in ranked]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (candidate(1, path="tests/test_m.py"), candidate(2)),
        (candidate(1, path="src/__tests__/m.ts"), candidate(2)),
        (candidate(1, path="pkg/m_test.go"), candidate(2)),
        (candidate(1, kind=Kind.MODULE), candidate(2)),
        (candidate(1), candidate(2, path="src/retry.py")),
    ],
)
def test_what_stands_behind_what(worse: Candidate, better: Candidate) -> None:
    assert order(QUERY, worse, better) == [better.unit_id, worse.unit_id]


@pytest.mark.parametrize("field", ["lexical", "semantic"])
def test_more_evidence_is_better(field: str) -> None:
    said = evidence(3, **{field: {1: 0.1, 2: 9.0 if field == "lexical" else 0.9, 3: 0.05}})
    assert order(QUERY, candidate(1), candidate(2), candidate(3), said=said)[0] == 2


def test_words_met_in_the_unit_count() -> None:
    less, more = np.array([0.2, 0.9], np.float32), np.zeros(2, np.float32)
    said = evidence(2, interaction=Interaction(less, less, more, more, less, more, more))
    assert order(QUERY, candidate(1), candidate(2), said=said) == [2, 1]


def test_shape_decides_on_pseudocode() -> None:
    alike = np.array([0.1, 0.8], np.float32)
    said = evidence(2, shape=Likeness(alike, alike, alike, alike, alike, alike))
    pseudocode = "for each try:\n  result = call\n  if it failed: wait\nreturn result"
    assert order(pseudocode, candidate(1), candidate(2), said=said) == [2, 1]


def test_the_nearest_spelling_wins() -> None:
    near = candidate(2, name="prefetchQuery", qualname="Client.prefetchQuery")
    far = candidate(1, name="fetchQuery", qualname="Client.fetchQuery")
    assert order("preftechQery", far, near) == [2, 1]


@pytest.mark.parametrize(
    ("query", "exact", "other"),
    [
        ("getLogger", "getLogger", "get_logger"),
        ("_parse", "_parse", "parse"),
        ("Final", "Final", "final"),
        ("Jar::store()", "Jar.store", "Jar._store"),
    ],
)
def test_a_name_that_is_spelt_exactly_so_stands_first(query: str, exact: str, other: str) -> None:
    better = candidate(2, name=exact.rpartition(".")[2], qualname=exact)
    worse = candidate(1, name=other.rpartition(".")[2], qualname=other)
    said = evidence(2, semantic={1: 0.65, 2: 0.6})
    assert order(query, worse, better, said=said) == [2, 1]


def test_tests_are_not_behind_when_asked_for() -> None:
    query = "test of the retry call"
    asked = feature_matrix(parse_query(query), [candidate(1, path="a/test_m.py")], evidence(1))
    not_asked = feature_matrix(parse_query(QUERY), [candidate(1, path="a/test_m.py")], evidence(1))
    column = FEATURES.index("test")
    assert (asked[0, column], not_asked[0, column]) == (0.0, 1.0)


def test_equal_candidates_keep_a_stable_order() -> None:
    assert order(QUERY, candidate(2), candidate(1)) == [1, 2]


def test_the_second_copy_of_a_content_stands_behind() -> None:
    first, second = candidate(1, content_id=1, path="a.py"), candidate(2, content_id=1, path="b.py")
    other = candidate(3, path="c.py")
    said = evidence(3, semantic={1: 0.62, 3: 0.6})
    assert order(QUERY, first, second, other, said=said) == [1, 3, 2]


def test_namesakes_in_one_file_stand_behind() -> None:
    first = candidate(1, path="a.py", name="guess", qualname="Types.guess")
    second, other = candidate(2, path="a.py", name="guess"), candidate(3, path="a.py", name="other")
    said = evidence(3, semantic={1: 0.62, 2: 0.61, 3: 0.6})
    assert order(QUERY, first, second, other, said=said) == [1, 3, 2]


def test_a_namesake_stands_a_little_behind_and_a_copy_far(monkeypatch: pytest.MonkeyPatch) -> None:
    # The second is ahead of the third by 1.3: enough against the one penalty, not against the other.
    def added(*_: object) -> tuple[Float32, Float32]:
        each = np.array([[3.0], [2.5], [1.2]], np.float32)
        return each, each[:, 0]

    monkeypatch.setattr("mindgap_indexer.ranking.score.contributions", added)
    same_file = candidate(1, path="a.py"), candidate(2, path="a.py"), candidate(3, path="c.py")
    assert order(QUERY, *same_file) == [1, 2, 3]
    copies = candidate(1, content_id=9), candidate(2, content_id=9), candidate(3)
    assert order(QUERY, *copies) == [1, 3, 2]


@pytest.mark.parametrize(("score", "said"), [(0.7, "high"), (0.69, "medium"), (0.4, "medium"), (0.39, "low")])
def test_confidence_in_words(score: float, said: str) -> None:
    assert Ranked(candidate(1), score, np.zeros(len(FEATURES), np.float32)).confidence == said


def test_up_to_three_neighbouring_words_may_be_one_name() -> None:
    mentions = Mentions.of("where is the open http client pool")
    assert mentions.name("openHttpClient") == JOINED
    assert mentions.name("openHttpClientPool") == 0.0


def test_contributions_add_up_to_the_order() -> None:
    ranked, _ = rank(parse_query(QUERY), [candidate(1), candidate(2, path="src/retry.py")], evidence(2))
    sums = [sum(item.contributions.values()) for item in ranked]
    assert sums == sorted(sums, reverse=True)
    assert ranked[0].contributions["path"] > 0
    assert 0 <= ranked[1].score <= ranked[0].score <= 1


def test_each_tier_has_weights_of_its_own() -> None:
    ranker, query = load_ranker(), parse_query(QUERY)
    without, with_deep = evidence(1), evidence(1, deep={1: 0.5})
    assert rank(query, [candidate(1)], without, dataclasses.replace(ranker, deep={}))[0]
    assert rank(query, [candidate(1)], with_deep, dataclasses.replace(ranker, instant={}))[0]


TOPIC, FUNCTION = {"bias": 30.0}, {"bias": -30.0}
"""Weights by which every question is about the one or the other."""


def deep_ranker(cross: float, topic: Mapping[str, float]) -> Ranker:
    """The ranker that ships, with this weight for the cross-encoder."""
    ranker = load_ranker()
    weights = ranker.read[Mode.NATURAL_LANGUAGE]
    functions, scattered = weights.functions.copy(), weights.scattered.copy()
    functions[CROSS] = scattered[CROSS] = cross
    own = dataclasses.replace(weights, functions=functions, scattered=scattered)
    return dataclasses.replace(ranker, topic=topic, read={Mode.NATURAL_LANGUAGE: own})


def read_again(
    logits: Mapping[int, float],
    count: int,
    paths: Sequence[str] = (),
    topic: Mapping[str, float] = FUNCTION,
) -> list[Ranked]:
    """Candidates 1 to `count`, each a little less likely than the one before, read by a cross-encoder.

    They are scattered, unless files are given.
    """
    said = evidence(count, deep={i: 0.9 - 0.01 * i for i in range(1, count + 1)})

    def reader(candidates: Sequence[Candidate]) -> Float32:
        return np.array([logits.get(item.unit_id, np.nan) for item in candidates], np.float32)

    candidates = [candidate(i, name=f"f{i}") for i in range(1, count + 1)]
    if paths:
        candidates = [item._replace(path=path) for item, path in zip(candidates, paths, strict=True)]
    return rank(parse_query(QUERY), candidates, said, deep_ranker(10.0, topic), reader)[0]


def ids(ranked: Sequence[Ranked]) -> list[int]:
    return [item.candidate.unit_id for item in ranked]


def test_the_cross_encoder_has_a_say_in_the_order() -> None:
    assert ids(read_again({}, 3)) == [1, 2, 3]
    best, *others = read_again({1: -5, 2: -5, 3: 5}, 3)
    assert best.candidate.unit_id == 3
    assert best.contributions["cross"] == 5
    assert all("cross" not in item.contributions for item in others), "what all have tells nothing"


def test_about_a_topic_the_cross_encoder_orders_the_functions_of_a_file() -> None:
    """Whatever it says, files stay where they are."""
    paths = ["a.py", "b.py", "a.py", "b.py", "c.py", "c.py"]
    logits = {1: -5, 2: 1, 3: 0, 4: 6, 5: -9, 6: 9}
    before = read_again({}, 6, paths, TOPIC)
    read = read_again(logits, 6, paths, TOPIC)
    assert ids(read_again(logits, 6, paths, FUNCTION))[:2] == [6, 4], "of functions, the likeliest is first"

    def files(ranked: Sequence[Ranked]) -> list[str]:
        return list(dict.fromkeys(item.candidate.path for item in ranked))

    def of_file(path: str) -> list[Ranked]:
        return [item for item in read if item.candidate.path == path]

    assert files(before) == files(read)
    assert {path: ids(of_file(path)) for path in files(read)} == {
        "a.py": [3, 1],
        "b.py": [4, 2],
        "c.py": [6, 5],
    }
    for path in files(read):
        best, other = of_file(path)
        assert best.contributions["cross"] > other.contributions.get("cross", 0)


def test_in_several_code_bases_a_path_is_that_of_several_files() -> None:
    one, other = candidate(1, path="a.py"), candidate(2, path="a.py", code_base=1)
    files, functions = np.array([2.0, 1.0], np.float32), np.array([5.0, 7.0], np.float32)
    np.testing.assert_array_equal(in_files([one, other], files, functions), files)


def test_the_best_of_a_file_is_as_good_as_its_file() -> None:
    candidates = [candidate(i, path=path) for i, path in enumerate("abab")]
    files, functions = np.array([[4, 3, 1, 2], [0, 5, 7, 9]], np.float32)
    np.testing.assert_array_equal(in_files(candidates, files, functions), [-3, -1, 4, 3])


def test_without_anything_to_read_it_is_as_without_a_cross_encoder() -> None:
    said = evidence(3, deep={1: 0.9, 2: 0.8, 3: 0.7})
    candidates = [candidate(i, name=f"f{i}") for i in (1, 2, 3)]
    without, unread, read = (
        [(item.candidate.unit_id, item.score) for item in ranked]
        for ranked in (
            rank(parse_query(QUERY), candidates, said)[0],
            rank(parse_query(QUERY), candidates, said, cross=lambda c: np.full(len(c), np.nan, np.float32))[
                0
            ],
            rank(parse_query(QUERY), candidates, said, cross=lambda c: np.zeros(len(c), np.float32))[0],
        )
    )
    assert without == unread
    assert without != read


def test_what_cannot_be_read_is_taken_for_average() -> None:
    said = {
        item.candidate.unit_id: item.contributions.get("cross", 0)
        for item in read_again({1: -4, 3: 4, 4: 0}, 4)
    }
    assert said[1] < said[2] == said[4] < said[3]


def test_only_the_best_are_read_and_the_others_stay_behind() -> None:
    ranked = read_again(dict.fromkeys(range(1, 100), -8.0) | {READ + 1: 9.0, READ: 9.0}, READ + 4)
    assert ids(ranked)[0] == READ
    assert ids(ranked)[-4:] == list(range(READ + 1, READ + 5))
    assert "cross" not in ranked[-1].contributions


def test_logits_beyond_measure_are_cut() -> None:
    assert ids(read_again({1: 10.0, 2: 1e9}, 2)) == [1, 2]


def test_no_candidates_is_an_abstention() -> None:
    assert rank(parse_query("retry"), [], evidence(0)) == ([], True)


def test_abstains_when_neither_words_nor_meaning_fit() -> None:
    said = evidence(
        1,
        lexical={},
        semantic={1: 0.05},
        document_counts={},
        interaction=Interaction.nothing(1),
    )
    ranked, abstained = rank(parse_query(QUERY), [candidate(1)], said)
    assert abstained
    assert ranked[0].confidence is Confidence.LOW
    full = np.ones(1, np.float32)
    said = evidence(1, semantic={1: 0.8}, interaction=Interaction(full, full, full, full, full, full, full))
    ranked, abstained = rank(parse_query(QUERY), [candidate(1)], said)
    assert not abstained
    assert ranked[0].confidence is Confidence.HIGH


def test_sureness_is_a_probability() -> None:
    assert probability({"bias": 1.0}, {"bias": -1_000.0}) < 1e-9
    assert probability({"bias": 1.0, "late": 0.5}, {"late": 0.0}) == 0.5


def test_coherence_is_what_the_rest_of_the_file_says() -> None:
    same = [candidate(i, path="a.py") for i in (1, 2)]
    alone = candidate(3, path="b.py")
    found = coherence([*same, alone], np.array([0.9, 0.3, 0.9], np.float32))
    assert found[1] > found[0] > found[2] == 0


@pytest.mark.parametrize(
    ("question", "name", "at_least"),
    [
        ("how withScientific parses a number", "withScientific", 1.0),
        ("fmt::arg named arguments", "arg", 1.0),
        ("format_to and back_insert_iterator", "BackInsertIterator", 1.0),
        ("the session interface", "SessionInterface", 0.8),
        ("load a table", "load", 0.4),
    ],
)
def test_knows_the_names_that_a_question_mentions(question: str, name: str, at_least: float) -> None:
    assert Mentions.of(question).name(name) >= at_least
    assert Mentions.of(question).name("unrelatedName") == 0


def test_knows_files_and_scopes_that_a_question_mentions() -> None:
    mentions = Mentions.of("how the ManageHook routes new windows")
    assert file_signs("src/XMonad/ManageHook.hs", {"hook": 1.0}, 1.0, mentions) == FileSigns(
        1.0, 0.5, 1.0, 0, 0
    )
    assert mentions.scopes("ManageHook.composeAll", "composeAll") == 1.0
    assert mentions.scopes("composeAll", "composeAll") == 0


def test_scattered_candidates_are_ranked_by_weights_of_their_own() -> None:
    weights = load_ranker().instant[Mode.NATURAL_LANGUAGE]
    apart = [Candidate(i, i, f"{i}.py", Kind.FUNCTION, "f", "f", 3) for i in range(6)]
    features = np.random.default_rng(0).uniform(0, 1, (6, len(FEATURES))).astype(np.float32)
    added, scores = contributions(weights, apart, features, topic=1)
    np.testing.assert_array_equal(added, features * weights.scattered)
    np.testing.assert_array_equal(scores, added.sum(axis=1))


def test_as_far_as_a_topic_is_asked_for_files_are_ranked() -> None:
    weights = load_ranker().instant[Mode.NATURAL_LANGUAGE]
    together = [Candidate(i, i, f"{i // 2}.py", Kind.FUNCTION, "f", "f", 3) for i in range(6)]
    features = np.random.default_rng(0).uniform(0, 1, (6, len(FEATURES))).astype(np.float32)
    added, functions = contributions(weights, together, features, topic=0)
    np.testing.assert_array_equal(added, features * weights.functions)
    np.testing.assert_allclose(functions, features @ weights.functions, rtol=1e-5)
    same, files = contributions(weights, together, features, topic=1)
    np.testing.assert_array_equal(same, added)
    best, wanted = (scores.reshape(3, 2).max(axis=1) for scores in (files, features @ weights.files))
    np.testing.assert_allclose(best, wanted, rtol=1e-4)
    moved = (files - functions).reshape(3, 2)
    np.testing.assert_allclose(moved[:, 0], moved[:, 1], atol=1e-4)
    _, half = contributions(weights, together, features, topic=0.5)
    np.testing.assert_allclose(half, (functions + files) / 2, rtol=1e-4)
    assert features[:, FEATURES.index("coherence")].max() == 1


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("static file serving", True),
        ("request routing", True),
        ("how are sessions stored", True),
        ("retry logic and backoff", True),
        ("wait time doubles after each failed attempt, capped at half a minute", False),
        ("which split lies directly above the given one", False),
        ("put the parts of a long line that was broken to fit together again", False),
    ],
)
def test_few_words_and_how_ask_for_a_topic(query: str, about: bool) -> None:
    share = topic_share(parse_query(query), load_ranker().topic)
    assert (share > 0.7) if about else (share < 0.3)


def test_only_a_question_in_words_has_a_topic() -> None:
    topic = load_ranker().topic
    for query, mode in (
        ("getLogger", Mode.SYMBOL),
        ("for each x\n  add x", Mode.PSEUDOCODE),
        ("f(x);\n}", Mode.CODE),
    ):
        assert topic_share(parse_query(query, mode), topic) == 0
    assert topic_share(parse_query("logging", Mode.NATURAL_LANGUAGE), topic) > 0.9


def test_sureness_goes_by_what_is_asked_for() -> None:
    ranker, mode = load_ranker(), Mode.NATURAL_LANGUAGE
    unsure = dataclasses.replace(ranker.instant[mode], sureness={"topic": 10.0, "bias": -5.0})
    scores = {
        share: rank(
            parse_query(QUERY),
            [candidate(1)],
            evidence(1),
            dataclasses.replace(ranker, topic={"bias": share}, instant={mode: unsure}),
        )[0][0].score
        for share in (-30.0, 30.0)
    }
    assert scores[30.0] > 0.99
    assert scores[-30.0] < 0.01


def test_the_shipped_ranker_knows_every_mode() -> None:
    ranker = load_ranker()
    assert ranker.instant.keys() == set(Mode) - {Mode.AUTO}
    assert ranker.deep.keys() == ranker.instant.keys() - {Mode.SYMBOL}
    for modes in (ranker.instant, ranker.deep, ranker.read):
        for mode, weights in modes.items():
            assert weights.files.any() == (mode is Mode.NATURAL_LANGUAGE)
            assert weights.functions.any()
            assert weights.scattered.any()
            assert 0 < weights.least_sureness < 1


@pytest.mark.parametrize("change", [{"format": 0}, {"features": ["other"]}, {"sha256": "0"}])
def test_another_ranker_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "ranker.json"
    path.write_text(json.dumps({**json.loads(DEFAULT_RANKER.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(ModelError, match="Install Mindgap again"):
        load_ranker(path)


@pytest.mark.parametrize("deep", [{}, {"nl": {"first": {"x": 1.0}, "sureness": {"least": 0.1}}}])
def test_a_ranker_with_other_weights_is_refused(tmp_path: Path, deep: Weights) -> None:
    path = tmp_path / "ranker.json"
    shipped = json.loads(DEFAULT_RANKER.read_text("utf-8"))
    path.write_bytes(pack_ranker(shipped["topic"], shipped["instant"], deep, shipped["read"]))
    with pytest.raises(ModelError, match="Install Mindgap again"):
        load_ranker(path)


def test_one_weight_that_was_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ranker.json"
    whole = DEFAULT_RANKER.read_text("utf-8")
    path.write_text(whole.replace('"least": 0.', '"least": 0.1', 1), "utf-8")
    assert path.read_text("utf-8") != whole
    with pytest.raises(ModelError, match="damaged"):
        load_ranker(path)


def test_in_a_tiny_code_base_the_rest_speaks_against_nothing() -> None:
    features = np.zeros((60, len(FEATURES)), np.float32)
    features[0] = 1.0
    few, many = hit_signs(features[:3], range(3)), hit_signs(features, range(60))
    assert few["five_cosine"] == few["first_cosine"] == 1.0
    assert many["five_cosine"] == pytest.approx(0.2)
