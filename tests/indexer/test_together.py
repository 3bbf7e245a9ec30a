from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import load_deep_default
from mindgap_indexer.together import Outcome, pool, settle
from mindgap_indexer.workspace import Workspace

NET = {
    "retry.py": (
        "def call_with_backoff(function):\n"
        '    """Retry a failing call, waiting twice as long after each attempt."""\n'
        "    for attempt in range(5):\n"
        "        try:\n"
        "            return function()\n"
        "        except ConnectionError:\n"
        "            sleep(2 ** attempt)\n"
    ),
    "wait.py": "def wait_after_failure(delay):\n    sleep(delay)\n    return delay * 2\n",
    "again.py": "def attempt_again(call):\n    return call()\n",
}
SHOP = {
    "cart.py": "def add_to_cart(cart, item):\n    cart.items.append(item)\n",
    "price.py": 'def total(cart):\n    """Add up."""\n    return sum(item.price for item in cart.items)\n',
    "retry.py": "def wait_for_customer():\n    return None\n",
}
QUERIES = (
    "try a failing call again and wait longer after each attempt",
    "sum up the prices of a cart",
    "attempt_agian",
    "for item in cart.items:\n  total = total + item.price\nreturn total",
)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def workspaces(tmp_path: Path) -> Iterator[list[Workspace]]:
    """The two folders one by one, and a folder that holds both; with the shipped model."""
    both = {
        f"{name}/{path}": text for name, tree in (("net", NET), ("shop", SHOP)) for path, text in tree.items()
    }
    roots = (write(tmp_path / "net", NET), write(tmp_path / "shop", SHOP), write(tmp_path / "both", both))
    opened = [Workspace.open(root) for root in roots]
    for workspace in opened:
        workspace.index()
    yield opened
    for workspace in opened:
        workspace.close()


def ask(query: str, *workspaces: Workspace, limit: int = 10) -> Outcome:
    return settle([workspace.prospects(query) for workspace in workspaces], limit)


@pytest.mark.parametrize("query", QUERIES)
def test_two_folders_answer_like_one_that_holds_both(workspaces: list[Workspace], query: str) -> None:
    net, shop, both = workspaces
    apart, together = ask(query, net, shop), ask(query, both)
    assert (apart.mode, apart.abstained) == (together.mode, together.abstained)
    names = [("net", "shop")[number] + "/" + hit.path for number, hit in apart.hits]
    expected = [hit.path for _, hit in together.hits]
    assert names[:2] == expected[:2]
    assert sorted(names) == sorted(expected)
    assert [hit.rank for _, hit in apart.hits] == list(range(1, len(names) + 1))


def test_the_best_of_a_folder_that_has_little_to_say_comes_last(workspaces: list[Workspace]) -> None:
    net, shop, _ = workspaces
    assert [number for number, _ in ask(QUERIES[0], shop, net).hits[:2]] == [1, 1]
    scores = [hit.score for _, hit in ask(QUERIES[0], shop, net).hits]
    assert scores == sorted(scores, reverse=True)


def test_near_misses_of_all_folders_are_few(workspaces: list[Workspace]) -> None:
    outcome = ask("bake sourdough bread in a steam oven", *workspaces)
    assert outcome.abstained
    assert len(outcome.hits) == 5


def test_what_is_gone_is_left_out_and_ranks_have_no_gap(workspaces: list[Workspace]) -> None:
    net, shop, _ = workspaces
    (shop.root / "price.py").unlink()
    hits = ask(QUERIES[1], net, shop, limit=2).hits
    assert [hit.rank for _, hit in hits] == [1, 2]
    assert all(hit.path != "price.py" for _, hit in hits)


def test_the_background_counts_for_all_folders(workspaces: list[Workspace]) -> None:
    parts = [workspace.prospects("the total of an order").gathered for workspace in workspaces]
    assert pool(parts).evidence.usual_cosine == parts[0].evidence.usual_cosine > 0


def test_each_folder_has_its_own_candidates_read(workspaces: list[Workspace]) -> None:
    net, shop, _ = workspaces
    deep = load_deep_default()
    for workspace in (net, shop):
        workspace.use_deep(deep)
        workspace.deepen()
    parts = [workspace.prospects(QUERIES[1]).gathered for workspace in (net, shop)]
    own = [part.cross(part.candidates).tolist() for part in parts if part.cross]
    pooled = pool(parts)
    assert pooled.cross is not None
    assert pooled.cross(pooled.candidates).tolist() == [*own[0], *own[1]]
    # Where one has no deep tier, nothing of it is read.
    half = pool([parts[0], replace(parts[1], cross=None)])
    assert half.cross is not None
    read = half.cross(half.candidates)
    assert read[: len(own[0])].tolist() == own[0]
    assert np.isnan(read[len(own[0]) :]).all()
    assert pool([replace(part, cross=None) for part in parts]).cross is None
