"""Which candidates of many are ranked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mindgap_indexer.retrieval import PER_HIT, PROMISING
from mindgap_indexer.types import Mode
from mindgap_indexer.workspace import Workspace

QUESTION = "parse the header of a message and check its length"
FUNCTIONS = 90


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Ninety functions that hold one word of the question, and one that holds all."""
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


def test_ranks_the_most_promising(workspace: Workspace) -> None:
    gathered = workspace.searcher().gather(QUESTION)
    assert len(gathered.candidates) == PROMISING
    assert "parse_header" in {candidate.name for candidate in gathered.candidates}


def test_ranks_as_many_as_the_hits_need(workspace: Workspace) -> None:
    hits = PROMISING // PER_HIT + 3
    assert len(workspace.searcher().gather(QUESTION, limit=hits).candidates) == PER_HIT * hits
    assert len(workspace.search(QUESTION, 70).hits) == 70


def test_ranks_all_for_a_name(workspace: Workspace) -> None:
    gathered = workspace.searcher().gather("parse_part_7", Mode.SYMBOL)
    assert len(gathered.candidates) > PROMISING


def test_leaves_out_no_unsaved_unit(workspace: Workspace) -> None:
    text = "def parse_the_header_of_a_message():\n    return 1\n"
    workspace.set_overlay("typed.py", text.encode())
    try:
        assert workspace.search(QUESTION, 2).hits[1].path == "typed.py"
    finally:
        workspace.clear_overlay("typed.py")
