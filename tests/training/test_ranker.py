from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.errors import Cancelled
from mindgap_indexer.ranking import Candidate, parse_query
from mindgap_indexer.ranking.features import FEATURES
from mindgap_indexer.ranking.learned import load_ranker, pack_ranker
from mindgap_indexer.ranking.topics import topic_share
from mindgap_indexer.types import Kind, Mode
from mindgap_training.commands.ranker import ranker
from mindgap_training.errors import TrainingDataError
from mindgap_training.ranker.collect import Asking, collect
from mindgap_training.ranker.cut import Cut, cut_down
from mindgap_training.ranker.example import Example
from mindgap_training.ranker.fit import FitConfig, fit, fit_read, fit_topic
from mindgap_training.ranker.nameless import KIND, nameless
from mindgap_training.ranker.questions import Answer, Question, read_questions

KINDS = (
    ("nl", Mode.NATURAL_LANGUAGE),
    ("topic", Mode.NATURAL_LANGUAGE),
    ("pseudocode", Mode.PSEUDOCODE),
    ("symbol", Mode.SYMBOL),
)
TEXTS = {"nl": "number {} is waited for, then it goes on", "topic": "waiting for {}"}
WORDY = {"words": 2.0, "few": -2.0, "bias": -1.0}
"""What is asked in few words is about a topic."""


def example(kind: str, mode: Mode, seed: int, answerable: bool = True) -> Example:
    """The answer is the candidate with the highest `late_share`; all else is noise."""
    random = np.random.default_rng(seed)
    features = random.uniform(0, 1, (6, len(FEATURES))).astype(np.float32)
    told = features[:, FEATURES.index("late_share")]
    answers = (told == told.max()) if answerable else np.zeros(6, np.bool_)
    features[:, FEATURES.index("cross")] = 0
    if not answerable:
        features *= 0.2
    candidates = [Candidate(i, i, f"{i}.py", Kind.FUNCTION, "f", "f", 3) for i in range(6)]
    return Example(
        kind,
        TEXTS.get(kind, "number_{}").format(seed),
        mode,
        candidates,
        features,
        answers,
        {"known": 0.5, "words": 0.5, "bias": 1.0},
        answerable,
    )


def in_files(one: Example, paths: Sequence[str]) -> Example:
    """The same with its candidates in these files."""
    candidates = [item._replace(path=path) for item, path in zip(one.candidates, paths, strict=True)]
    return replace(one, candidates=candidates)


def examples() -> Iterator[Example]:
    for seed in range(30):
        for kind, mode in KINDS:
            yield example(kind, mode, seed)
            yield example("absent", mode, 1_000 + seed, answerable=False)


@pytest.fixture(scope="module")
def topic() -> dict[str, float]:
    return fit_topic(list(examples()))


def test_the_telling_feature_gets_the_weight(topic: dict[str, float], tmp_path: Path) -> None:
    weights = fit(list(examples()), topic, deep=False)
    for mode in weights:
        for kind in ("functions", "files") if mode == "nl" else ("functions",):
            told = weights[mode][kind]
            assert max(told, key=lambda name: told[name]) == "late_share"
            assert "deep" not in told
    path = tmp_path / "ranker.json"
    path.write_bytes(pack_ranker(topic, weights, weights, weights))
    ranker = load_ranker(path)
    assert ranker.instant[Mode.CODE].functions.any()
    assert not ranker.instant[Mode.CODE].files.any()
    assert ranker.topic == topic


def test_the_wording_tells_topics(topic: dict[str, float]) -> None:
    shares = {
        one.kind: topic_share(parse_query(one.text, one.mode), topic)
        for one in examples()
        if one.kind != "absent"
    }
    assert shares["topic"] > 0.9
    assert shares["nl"] < 0.1
    assert shares["pseudocode"] == shares["symbol"] == 0
    with pytest.raises(TrainingDataError, match="give both"):
        fit_topic([one for one in examples() if one.kind != "topic"])


def test_topics_tell_which_file_and_nothing_where_functions_are_scattered(topic: dict[str, float]) -> None:
    late, path = FEATURES.index("late_share"), FEATURES.index("path")
    asked = list(examples())
    for one in asked:
        if one.kind == "topic":
            one.features[:, [late, path]] = one.features[:, [path, late]]
    weights = fit(asked, topic, deep=False)["nl"]
    assert weights["files"]["path"] > 3 * weights["files"]["late_share"]
    assert weights["scattered"]["path"] < weights["scattered"]["late_share"]
    assert "coherence" not in weights["scattered"]


def test_any_function_of_a_file_is_as_good_for_a_topic(topic: dict[str, float]) -> None:
    """The best function of the right file has most of the sign, but is not the one that is named."""
    late, path = FEATURES.index("late_share"), FEATURES.index("path")
    asked = list[Example]()
    for one in examples():
        if one.kind == "topic":
            right = int(one.answers.argmax())
            mates = [right, (right + 1) % 6, (right + 2) % 6]
            one.features[:, late] = 0
            one.features[:, path] = 0.7
            one.features[mates, path] = 0.5, 1.0, 0.5
            one.features[(right + 3) % 6, path] = 0.5
            one = in_files(one, ["a.py" if place in mates else "b.py" for place in range(6)])
        asked.append(one)
    assert fit(asked, topic, deep=False)["nl"]["files"]["path"] > 1


def test_vectors_count_more_where_functions_are_scattered(topic: dict[str, float]) -> None:
    asked = list(examples())
    once, twice = (fit(asked, topic, deep=True, config=FitConfig(vectors_where_scattered=n)) for n in (1, 2))
    vectors = {"semantic", "semantic_cosine", "deep", "deep_cosine"}
    for name, weight in once["nl"]["scattered"].items():
        factor = 2 if name in vectors else 1
        assert twice["nl"]["scattered"][name] == pytest.approx(factor * weight, abs=1e-3)
    assert vectors <= once["nl"]["scattered"].keys()
    for kind in ("functions", "files"):
        assert twice["nl"][kind] == once["nl"][kind]


def test_what_tells_functions_of_a_file_apart_is_learned_from_questions_about_functions() -> None:
    late, path, body = (FEATURES.index(name) for name in ("late_share", "path", "late_body"))
    asked = list[Example]()
    for seed in range(60):
        one = example("topic" if seed % 2 else "nl", Mode.NATURAL_LANGUAGE, seed)
        one.features[:, path] = one.features[:, late]
        one.features[:, late] = 0
        if one.kind == "nl":  # within its file, the body tells the right one
            one.features[:, body] = 0.5 + 0.5 * one.answers
            asked.append(in_files(one, ["a.py"] * 6))
        else:
            asked.append(one)
    asked += [example("absent", Mode.NATURAL_LANGUAGE, 1_000 + seed, answerable=False) for seed in range(9)]
    asked += [one for one in examples() if one.mode is not Mode.NATURAL_LANGUAGE]
    weights = fit(asked, WORDY, deep=False)
    assert weights["nl"]["functions"]["late_body"] > 2 * weights["nl"]["files"].get("late_body", 0)
    held = fit(asked, WORDY, deep=False, config=FitConfig(functions_decay=1e3))
    assert weights["nl"]["functions"]["late_body"] > 2 * held["nl"]["functions"]["late_body"]


def test_only_what_was_read_is_ranked_by_the_cross_encoder(topic: dict[str, float]) -> None:
    asked = [in_files(one, [f"{place // 3}.py" for place in range(6)]) for one in examples()]
    before = fit(asked, topic, deep=True)
    for one in asked:
        one.features[:, FEATURES.index("cross")] = 0.5 + 0.2 * one.answers
    assert fit(asked, topic, deep=True) == before
    read, once = (
        fit_read(asked, topic, FitConfig(vectors_where_scattered=1, cross_factor=n)) for n in (2, 1)
    )
    assert read.keys() == {"nl"}
    after = read["nl"]
    signs = {"first_cross", "five_cross", "most_cross"}
    assert after["sureness"].keys() - before["nl"]["sureness"].keys() == signs
    assert after["functions"]["cross"] == pytest.approx(2 * once["nl"]["functions"]["cross"], rel=1e-3)
    for kind in ("first", "functions", "files", "scattered"):
        assert (after[kind].pop("cross", 0) > 1) == (kind in ("functions", "scattered"))
        assert kind == "scattered" or after[kind] == before["nl"][kind]


def test_sureness_tells_answerable_questions(topic: dict[str, float]) -> None:
    sure = fit(list(examples()), topic, deep=False)["nl"]["sureness"]
    assert sum(sure[f"first_{name}"] for name in ("late", "exact", "cosine")) > 0
    assert 0 < sure["least"] < 1
    assert "topic" in sure


def test_with_the_deep_tier_more_answers_are_none(topic: dict[str, float]) -> None:
    same = list(examples())
    for asked in same:
        asked.features[:, [FEATURES.index("deep"), FEATURES.index("deep_cosine")]] = 0
    instant, deep = fit(same, topic, deep=False), fit(same, topic, deep=True)
    for mode in ("nl", "pseudocode"):
        low, high = dict(instant[mode]["sureness"]), dict(deep[mode]["sureness"])
        assert low.pop("least") < high.pop("least")
        assert high == pytest.approx(low, abs=1e-3), "they differ in nothing else"


def test_too_few_questions_are_refused(topic: dict[str, float]) -> None:
    with pytest.raises(TrainingDataError, match="too few"):
        fit([example("nl", Mode.NATURAL_LANGUAGE, 0)], topic, deep=False)
    with pytest.raises(TrainingDataError, match="give both"):
        fit([example(kind, mode, seed) for kind, mode in KINDS for seed in range(20)], topic, deep=False)


CORPORA = {
    "clock": "def pause(seconds):\n    sleep(seconds)\n\n\ndef strike(hour):\n    ring(hour)\n",
    "store": "def put_away(item):\n    shelf.append(item)\n",
}
QUESTIONS = (
    ("clock", "wait a moment before going on", "pause"),
    ("store", "keep a thing on the shelf", "put_away"),
)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    for name, text in CORPORA.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(text, "utf-8")
    rows = [
        {
            "corpus": corpus,
            "kind": "nl",
            "query": query,
            "gold": [{"path": "a.py", "name": name, "start_line": 1, "end_line": 2}],
        }
        for corpus, query, name in QUESTIONS
    ]
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def test_questions_meet_the_candidates_of_the_real_search(asked: Path) -> None:
    questions = read_questions(asked)
    assert questions[0].answers == (Answer("a.py", "pause", 1, 2),)
    found = collect(questions, Asking(asked.parent))
    own = [e for e in found if e.answerable]
    foreign = [e for e in found if not e.answerable]
    assert [e.candidates[int(e.answers.argmax())].name for e in own] == ["pause", "put_away"]
    assert all(e.answers.sum() == 1 for e in own)
    assert foreign
    assert not any(e.answers.any() for e in foreign)
    assert all(e.features.shape == (len(e.candidates), len(FEATURES)) for e in found)


def test_missing_sources_are_named(asked: Path) -> None:
    with pytest.raises(TrainingDataError, match="the questions over clock"):
        collect(read_questions(asked), Asking(asked.parent / "nowhere"))


LONG = """def water_plants(plants, can):
    total = 0
    for plant in plants:
        if plant.dry:
            can.pour(plant)
            total += 1
    return total
"""


def test_pseudocode_is_asked_again_without_names(tmp_path: Path) -> None:
    for corpus in ("garden", "house"):
        (tmp_path / corpus).mkdir()
        code = LONG if corpus == "garden" else LONG.replace("plant", "window").replace("can", "cloth")
        (tmp_path / corpus / "care.py").write_text(code, "utf-8")
    text = "for each of plants\n    if dry, pour from can and count\nreturn the total"
    asked = Question("garden", "pseudocode", text, (Answer("care.py", "water_plants", 1, 7),))
    plain = Question("house", "nl", "make all panes clean", ())
    made = nameless([asked, plain], tmp_path)
    assert {(question.corpus, question.kind) for question in made} == {("garden", KIND), ("house", KIND)}
    assert made == nameless([asked, plain], tmp_path)
    for question in made:
        own = {"plants", "can"} if question.corpus == "garden" else {"windows", "cloth"}
        assert not {*own, "total", "def"} & set(question.text.split())
    written, told = (question for question in made if question.corpus == "garden")
    assert written.text.startswith("for each of ")
    assert written.answers == told.answers == asked.answers


def same(one: list[Example], other: list[Example]) -> bool:
    return len(one) == len(other) and all(
        (a.kind, a.text, a.mode, list(a.candidates), dict(a.signs), a.answerable)
        == (b.kind, b.text, b.mode, list(b.candidates), dict(b.signs), b.answerable)
        and np.array_equal(a.features, b.features)
        and np.array_equal(a.answers, b.answers)
        for a, b in zip(one, other, strict=True)
    )


def test_a_stopped_collection_continues(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = read_questions(asked)
    asking = Asking(asked.parent, kept=tmp_path / "kept")
    with pytest.raises(Cancelled):
        collect(questions, asking, cancelled=(tmp_path / "kept" / "clock.safetensors").exists)
    assert [path.stem for path in (tmp_path / "kept").iterdir()] == ["clock"]
    whole = collect(questions, asking)
    assert same(whole, collect(questions, Asking(asked.parent)))

    def ask_again(*_: object) -> None:
        pytest.fail("asked again")

    monkeypatch.setattr("mindgap_training.ranker.collect._ask_corpus", ask_again)
    assert same(whole, collect(questions, asking))
    with pytest.raises(pytest.fail.Exception, match="asked again"):
        collect(questions[:1], asking)  # other questions are not answered by what was kept


def test_kept_examples_can_be_fitted(asked: Path, tmp_path: Path) -> None:
    asking = Asking(asked.parent, kept=tmp_path / "kept")
    collect(read_questions(asked), asking)
    for example in collect(read_questions(asked), asking):
        example.features[:, FEATURES.index("coherence")] = 1.0


def test_no_more_is_asked_than_is_wanted(asked: Path) -> None:
    questions = read_questions(asked)
    more = [replace(questions[0], text=f"{questions[0].text} {i}") for i in range(5)]
    found = collect([*more, questions[1]], Asking(asked.parent, most_own=2, most_foreign=1))
    assert sum(e.answerable for e in found) == 3
    assert sum(not e.answerable for e in found) == 2


def test_small_versions_keep_answers_and_as_much_else_as_is_wanted(tmp_path: Path) -> None:
    base = tmp_path / "sources" / "big"
    base.mkdir(parents=True)
    for i in range(20):
        (base / f"f{i:02}.py").write_text(f"def f{i}():\n    return {'1' * 980}\n", "utf-8")
    questions = [
        Question("big", "nl", f"number {i}", (Answer(f"f{i:02}.py", f"f{i}", 1, 2),)) for i in range(8)
    ]
    none = Question("big", "absent", "nothing", ())
    gone = Question("big", "nl", "what no index holds", (Answer("node_modules/x.js", "x", 1, 2),))
    cut = Cut(bytes=10_000, bytes_of_answers=5_100)
    left = cut_down([*questions, none, gone], tmp_path / "sources", tmp_path / "small", cut)
    files = {path.name for path in (tmp_path / "small" / "big").iterdir()}
    assert none in left
    assert gone not in left
    assert len(left) == 6
    assert {answer.path for question in left for answer in question.answers} < files
    assert len(files) == 10
    assert cut_down([*questions, none], tmp_path / "sources", tmp_path / "small", cut) == left
    with pytest.raises(TrainingDataError, match="the questions over big"):
        cut_down(questions, tmp_path, tmp_path / "small", cut)


def test_the_command_takes_several_files_and_writes_a_checked_ranker(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []

    def fitted(found: list[Example], topic: dict[str, float], deep: bool) -> object:
        seen.append(len(found))
        assert not deep
        return fit(list(examples()), topic, deep=False)

    monkeypatch.setattr("mindgap_training.ranker.fit.fit", fitted)
    topic = dict(json.loads(asked.read_text("utf-8").splitlines()[0]), kind="topic", query="pauses")
    topics = tmp_path / "topics.jsonl"
    topics.write_text(json.dumps(topic), "utf-8")
    ranker([asked, topics], asked.parent, out=tmp_path / "ranker.json")
    assert seen == [6]
    assert load_ranker(tmp_path / "ranker.json").deep[Mode.CODE].functions.any()
    assert not (tmp_path / "ranker.json.run").exists()
    assert "from 3 questions" in capsys.readouterr().out
