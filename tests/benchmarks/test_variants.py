"""Ablations: candidates are the product's, their order is another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.quality.ablating import Answering, columns, ranker_of
from benchmarks.quality.variants import INSTANT, VARIANTS, Variant, with_ranker

from mindgap_indexer import Mode, Workspace
from mindgap_indexer.ranking import parse_query
from mindgap_indexer.ranking.features import FEATURES
from mindgap_indexer.ranking.learned import DEFAULT_RANKER
from mindgap_indexer.ranking.topics import topic_share
from tests.conftest import WriteTree
from tests.fakes import hash_model

TREE = {
    "a.py": "def parse_duration(text):\n    return text\n",
    "b.py": "def draw(canvas):\n    return canvas.parse(1)\n",
    "c.py": "def unrelated(n):\n    return n\n",
}


def names(root: Path, variant: Variant, query: str) -> list[str]:
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        return [hit.name for hit in Answering(workspace).answer(variant, query).hits]


def test_each_variant_names_features_that_exist() -> None:
    for variant in VARIANTS:
        assert set(variant.alone) <= set(FEATURES)
        assert len(columns(variant.without)) >= len(variant.without)


def test_a_ranker_without_a_part_weighs_nothing_of_it() -> None:
    weights = ranker_of(Variant("x", without=("shape",))).instant[Mode.PSEUDOCODE]
    whole = ranker_of(INSTANT).instant[Mode.PSEUDOCODE]
    shapes = columns(("shape",))
    assert not weights.functions[shapes].any()
    assert not weights.first[shapes].any()
    np.testing.assert_array_equal(np.delete(weights.functions, shapes), np.delete(whole.functions, shapes))


def test_a_question_may_be_taken_for_the_one_or_the_other() -> None:
    query = parse_query("static file serving")
    about, function = (
        topic_share(query, ranker_of(Variant("x", topic=topic)).topic) for topic in (True, False)
    )
    assert about == pytest.approx(1)
    assert function == pytest.approx(0)
    assert not Variant("x", topic=False).is_product


def test_words_alone_find_only_what_shares_a_word(write_tree: WriteTree) -> None:
    found = names(write_tree(TREE), Variant("bm25", alone=("lexical",)), "parse a duration")
    assert found == ["parse_duration", "draw"]


def test_a_variant_with_the_ranker_that_ships_answers_as_the_product(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    shipped = with_ranker(f"same={DEFAULT_RANKER}")
    assert names(root, shipped, "parse a duration") == names(root, INSTANT, "parse a duration")


def test_a_query_without_words_is_abstained(write_tree: WriteTree) -> None:
    assert names(write_tree(TREE), Variant("bm25", alone=("lexical",)), "!?") == []


def test_a_ranker_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="write NAME=FILE"):
        with_ranker("no late=nowhere.json")
