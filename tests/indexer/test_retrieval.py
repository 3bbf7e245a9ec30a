"""Which candidates of many are ranked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mindgap_indexer.retrieval import PER_HIT, PROMISING
from mindgap_indexer.types import Mode
from mindgap_indexer.workspace import Workspace

QUESTION = "parse the header of a message and check its length"
STEPS = """
parse(message):
    if the header is missing: fail
    return checked length of header
"""
FUNCTIONS = 140


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Many functions that hold one word of the question, and one that holds all."""
    root = tmp_path_factory.mktemp("many")
    lines = [f"def parse_part_{i}(text):\n    return text[{i}]\n" for i in range(FUNCTIONS)]
    (root / "parts.py").write_text("\n".join(lines), "utf-8")
    (root / "header.py").write_text(
        "def parse_header(message):\n"
        '    """Parse the header of a message and check its length."""\n'
        "    return check_length(message.header)\n",
        "utf-8",
    )
    with Workspace.open(root) as opened:
        opened.index()
        yield opened


@pytest.mark.parametrize(
    ("mode", "query"),
    [(Mode.NATURAL_LANGUAGE, QUESTION), (Mode.PSEUDOCODE, STEPS), (Mode.SYMBOL, "parseHeader")],
)
def test_ranks_the_most_promising(workspace: Workspace, mode: Mode, query: str) -> None:
    gathered = workspace.searcher().gather(query, mode)
    assert len(gathered.candidates) == PROMISING[mode]
    assert "parse_header" in {candidate.name for candidate in gathered.candidates}


def test_ranks_as_many_as_the_hits_need(workspace: Workspace) -> None:
    hits = PROMISING[Mode.NATURAL_LANGUAGE] // PER_HIT + 3
    assert len(workspace.searcher().gather(QUESTION, limit=hits).candidates) == PER_HIT * hits
    assert len(workspace.search(QUESTION, 70).hits) == 70


def test_what_does_the_same_steps_is_promising(tmp_path: Path) -> None:
    named = [
        f"def for_each_number_{i}(total, number):\n    return total(number, 0)\n" for i in range(FUNCTIONS)
    ]
    steps = "def zzz(qq):\n    v = 0\n    for k in qq:\n        if k > 0:\n            v += k\n    return v\n"
    (tmp_path / "code.py").write_text("\n".join([*named, steps]), "utf-8")
    asked = "total = 0\nfor each number:\n    if number > 0:\n        total += number\nreturn total"
    with Workspace.open(tmp_path) as workspace:
        workspace.index()
        gathered = workspace.searcher().gather(asked, Mode.PSEUDOCODE)
    assert "zzz" in {candidate.name for candidate in gathered.candidates}


def test_leaves_out_no_unsaved_unit(workspace: Workspace) -> None:
    text = "def parse_the_header_of_a_message():\n    return 1\n"
    workspace.set_overlay("typed.py", text.encode())
    try:
        assert workspace.search(QUESTION, 2).hits[1].path == "typed.py"
    finally:
        workspace.clear_overlay("typed.py")
