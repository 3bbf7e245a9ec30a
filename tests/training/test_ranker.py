from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.ranking import Candidate
from mindgap_indexer.ranking.features import FEATURES
from mindgap_indexer.ranking.learned import FORMAT, load_ranker
from mindgap_indexer.types import Kind, Mode
from mindgap_training.errors import TrainingDataError
from mindgap_training.ranker.collect import Example, collect
from mindgap_training.ranker.fit import fit
from mindgap_training.ranker.nameless import KIND, nameless
from mindgap_training.ranker.questions import Answer, Question, read_questions

KINDS = (("nl", Mode.NATURAL_LANGUAGE), ("pseudocode", Mode.PSEUDOCODE), ("symbol", Mode.SYMBOL))


def example(kind: str, mode: Mode, seed: int, answerable: bool = True) -> Example:
    """The answer is the candidate with the highest `late_share`; all else is noise."""
    random = np.random.default_rng(seed)
    features = random.uniform(0, 1, (6, len(FEATURES))).astype(np.float32)
    told = features[:, FEATURES.index("late_share")]
    answers = (told == told.max()) if answerable else np.zeros(6, np.bool_)
    if not answerable:
        features *= 0.2
    candidates = [Candidate(i, i, f"{i}.py", Kind.FUNCTION, "f", "f", 3) for i in range(6)]
    return Example(
        kind, mode, candidates, features, answers, {"known": 0.5, "words": 0.5, "bias": 1.0}, answerable
    )


def examples() -> Iterator[Example]:
    for seed in range(30):
        for kind, mode in KINDS:
            yield example(kind, mode, seed)
            yield example("absent", mode, 1_000 + seed, answerable=False)


def test_the_telling_feature_gets_the_weight(tmp_path: Path) -> None:
    weights = fit(list(examples()), deep=False)
    for mode in weights:
        final = weights[mode]["final"]
        assert max(final, key=lambda name: final[name]) == "late_share"
        assert "deep" not in final
    path = tmp_path / "ranker.json"
    path.write_text(
        json.dumps({"format": FORMAT, "features": FEATURES, "instant": weights, "deep": weights}), "utf-8"
    )
    assert load_ranker(path).instant[Mode.CODE].final.any()


def test_sureness_tells_answerable_questions(tmp_path: Path) -> None:
    sure = fit(list(examples()), deep=False)["nl"]["sureness"]
    assert sum(sure[f"first_{name}"] for name in ("late", "exact", "cosine")) > 0
    assert 0 < sure["least"] < 1


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(TrainingDataError, match="too few"):
        fit([example("nl", Mode.NATURAL_LANGUAGE, 0)], deep=False)
    with pytest.raises(TrainingDataError, match="give both"):
        fit([example(kind, mode, seed) for kind, mode in KINDS for seed in range(20)], deep=False)


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
    found = collect(questions, asked.parent)
    own = [e for e in found if e.answerable]
    foreign = [e for e in found if not e.answerable]
    assert [e.candidates[int(e.answers.argmax())].name for e in own] == ["pause", "put_away"]
    assert all(e.answers.sum() == 1 for e in own)
    assert foreign
    assert not any(e.answers.any() for e in foreign)
    assert all(e.features.shape == (len(e.candidates), len(FEATURES)) for e in found)


def test_missing_sources_are_named(asked: Path) -> None:
    with pytest.raises(TrainingDataError, match="the questions over clock"):
        collect(read_questions(asked), asked.parent / "nowhere")


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
