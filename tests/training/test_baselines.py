from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32
from mindgap_training.baselines.bm25 import Bm25
from mindgap_training.baselines.dense import Dense, add_noise
from mindgap_training.baselines.dpr import PublishedDpr, dpr_style
from mindgap_training.baselines.hybrid import fit_hybrid, standardise
from mindgap_training.embeddings import Document, load_base
from mindgap_training.evaluate import evaluate, pair_scores
from mindgap_training.loop import TrainConfig
from mindgap_training.retrieval import question_set, retrieval_set
from mindgap_training.train import train_heads
from tests.fakes import make_tiny_model
from tests.training.model_helpers import QUICK, foreign_pairs, rotated_vectors

pytestmark = pytest.mark.transformers


class Fixed:
    """Answers the same scores whatever is asked."""

    def __init__(self, scores: Float32) -> None:
        self._scores = scores

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        return self._scores


def test_bm25_splits_identifiers_and_scores_rare_words_higher() -> None:
    documents = [Document("def readFile(path): pass"), Document("def sort_list(xs): pass"), Document("pass")]
    scores = Bm25().scores(["read a file", "SORT pass", "nothing", "“!”", "pass"], documents)
    assert scores[0].argmax() == 0
    assert scores[1].argmax() == 1
    assert not scores[2].any()
    assert not scores[3].any()
    assert scores[1, 1] > scores[4, 1] >= 0


def test_bm25_reads_accents_as_letters() -> None:
    scores = Bm25().scores(["été"], [Document("ete"), Document("l'été dernier")])
    assert scores[0, 0] == 0 < scores[0, 1]


def test_hybrid_takes_the_side_that_is_right() -> None:
    good, bad = np.eye(6, dtype=np.float32), -np.eye(6, dtype=np.float32)
    documents = [Document(str(i)) for i in range(6)]
    queries = [document.text for document in documents]
    assert fit_hybrid(Fixed(bad), Fixed(good), queries, documents).weight > 0.5
    assert fit_hybrid(Fixed(good), Fixed(bad), queries, documents).weight < 0.5
    assert not standardise(np.ones((2, 3), np.float32)).any()


def test_noise_is_seeded_and_of_the_wanted_length() -> None:
    vectors = np.eye(64, dtype=np.float32)
    assert add_noise(vectors, 0.0, 1) is vectors
    moved = add_noise(vectors, 1.0, 1)
    np.testing.assert_array_equal(moved, add_noise(vectors, 1.0, 1))
    # cos = 1 / |x + n| with |n| about 1 and nearly orthogonal to x
    assert (moved * vectors).sum(axis=1).mean() == pytest.approx(2**-0.5, abs=0.05)


def test_dpr_style_heads_are_separate_and_compare_by_inner_product() -> None:
    shape, config = dpr_style(QUICK)
    assert config.loss.temperature == 1
    assert not config.loss.symmetric
    assert dpr_style(TrainConfig(steps=5))[1].steps == 5
    heads, run = train_heads(rotated_vectors(), shape, config)
    assert heads.query is not heads.code
    assert np.linalg.norm(heads.project_queries(rotated_vectors().queries), axis=1).std() > 0.01
    assert run.history[-1].mrr > run.history[0].mrr


def test_published_dpr_loads_two_encoders_of_its_kind(tmp_path: Path) -> None:
    library = import_module("transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "read", "file", "sort"]
    config = library.DPRConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    import_module("torch").manual_seed(0)
    (tmp_path / "vocab.txt").write_text("\n".join(words), "utf-8")
    for name, kind in (("q", "DPRQuestionEncoder"), ("p", "DPRContextEncoder")):
        getattr(library, kind)(config).save_pretrained(tmp_path / name)
        library.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / name)
    dpr = PublishedDpr(str(tmp_path / "q"), str(tmp_path / "p"))
    documents = [Document("read file"), Document("sort"), Document("read file")]
    scores = dpr.scores(["sort", "read"], documents)
    assert scores.shape == (2, 3)
    np.testing.assert_allclose(scores[:, 0], scores[:, 2], rtol=1e-4)
    assert not np.allclose(scores[:, 0], scores[:, 1])


def test_dpr_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        PublishedDpr(str(tmp_path / "q"), str(tmp_path / "p"))


def test_sets_merge_equal_answers_and_keep_train_and_dev_apart() -> None:
    dev = foreign_pairs(30, 1, "dev")
    task = retrieval_set("made", [*foreign_pairs(100), *dev[:5]], [*dev, dev[0]], most_queries=0)
    seen = {pair.code for pair in task.train} | {pair.code for pair in task.calibration}
    assert not seen & {document.text for document in task.documents}
    assert not {p.code for p in task.train} & {p.code for p in task.calibration}
    assert len(task.queries) == 31
    assert len(task.documents) == 30
    assert task.relevant[30][0] == task.relevant[0][0]


def test_group_makes_all_its_answers_right() -> None:
    from dataclasses import replace

    pairs = [replace(pair, group=str(i // 2)) for i, pair in enumerate(foreign_pairs(4))]
    assert question_set(pairs, same_group=True)[2] == [[0, 1], [1, 0], [2, 3], [3, 2]]


def test_evaluation_finds_failures_and_draws_wrong_answers_only(tmp_path: Path) -> None:
    task = retrieval_set("made", foreign_pairs(100), foreign_pairs(30, 1, "dev"))
    base = load_base(str(make_tiny_model(tmp_path / "base")), cache=tmp_path / "cache")
    found = evaluate(Dense(base), task)
    assert found.failures[0].rank == max(failure.rank for failure in found.failures) > 1
    assert found.failures[0].found != found.failures[0].right
    scores = np.eye(30, dtype=np.float32)
    aligned, random = pair_scores(scores, [[i] for i in range(30)], 0)
    assert aligned.all()
    assert not random.any()
