from __future__ import annotations

import random

import numpy as np
import pytest

from mindgap_training.corpora.harden import Hardening, harden, paraphrases
from mindgap_training.loop import shuffle_in_runs
from mindgap_training.pairs import Pair, UnitPair
from mindgap_training.views import ViewConfig, views

QUESTION = "Parses the command line arguments and returns a namespace of options"


def hardened(how: Hardening, seed: int = 0) -> str:
    return harden(QUESTION, "ArgumentParser.parse_args", how, random.Random(seed))


def test_words_of_the_name_are_dropped() -> None:
    words = hardened(Hardening(1.0, 0.0, 0.0, 0.0)).lower().split()
    assert {"parses", "arguments"}.isdisjoint(words)
    assert {"command", "line", "namespace"} <= set(words)


def test_words_are_said_differently() -> None:
    said = hardened(Hardening(0.0, 0.0, 1.0, 0.0))
    assert said != QUESTION
    assert any(phrase in said for phrase in paraphrases()["parse"])


def test_a_question_that_would_say_nothing_stays() -> None:
    how = Hardening(1.0, 1.0, 0.0, 0.0)
    assert harden(QUESTION, "f", how, random.Random(0)) == QUESTION


def test_the_same_seed_gives_the_same_question() -> None:
    assert hardened(Hardening(), 3) == hardened(Hardening(), 3)


def test_a_word_that_leads_groups_takes_their_words_alone() -> None:
    table = paraphrases()
    assert "erase" in table["remove"]
    assert all(word not in phrases for word, phrases in table.items())
    assert all(" " not in word for word in table)


UNIT = UnitPair(
    "1", "Waits for it", "def pause(s): sleep(s)", "python", "pkg",
    name="pause", qualname="Clock.pause", signature="def pause(s)", body="sleep(s)", doc="Waits for it",
)  # fmt: skip


def seen(**changes: float) -> list[str]:
    config = ViewConfig(views=3, hardening=Hardening(0, 0, 0, 0), **changes)
    return [repr(view.passage) for view in views([UNIT], config, seed=0)]


def test_views_leave_out_the_comment_and_the_name() -> None:
    assert all(
        "Waits" not in passage and "pause" not in passage for passage in seen(doc_kept=0, name_hidden=1)
    )
    assert all("Waits" in passage and "pause" in passage for passage in seen(doc_kept=1, name_hidden=0))


def test_views_parse_code_that_came_without_its_parts() -> None:
    pair = Pair("2", "wait a bit", "def pause(s):\n    sleep(s)\n", "python")
    (view,) = views([pair], ViewConfig(views=1, name_hidden=0), seed=0)
    assert (view.passage.name, view.pair) == ("pause", 0)


def test_pseudocode_keeps_its_lines() -> None:
    pair = Pair("3", "pause s\nreturn", "def pause(s):\n    sleep(s)\n", "python")
    assert {view.query for view in views([pair], ViewConfig(views=4), seed=0)} == {"pause s\nreturn"}


@pytest.mark.parametrize("run", [1, 3])
def test_batches_hold_runs_of_one_group(run: int) -> None:
    groups = np.array([0, 1, 2] * 9)
    order = shuffle_in_runs(groups, run, [0, 1])
    assert sorted(order.tolist()) == list(range(27))
    if run == 3:
        assert all(len(set(groups[order[at : at + 3]].tolist())) == 1 for at in range(0, 27, 3))
    assert order.tolist() != shuffle_in_runs(groups, run, [0, 2]).tolist()
