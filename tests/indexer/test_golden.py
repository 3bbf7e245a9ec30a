"""Every figure that the answers over a small code base are made of, as it was: none moves unseen.

A change that is wanted is recorded with `MINDGAP_RECORD=1 python -m pytest tests/indexer/test_golden.py`, and
the difference of the recorded file is part of the review.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.ranking import rank
from mindgap_indexer.ranking.features import FEATURES, feature_matrix
from mindgap_indexer.ranking.learned import load_ranker
from mindgap_indexer.ranking.sureness import hit_signs, query_signs
from mindgap_indexer.search import Gathered
from mindgap_indexer.types import Mode
from mindgap_indexer.workspace import Workspace
from tests.fakes import make_tiny_model

RECORDED = Path(__file__).with_name("golden") / "ranking.json"
SHOWN = 6
"""Of each answer, so many of the best candidates."""
TOLERANCE = 2e-3
"""Sums of single precision differ a little from machine to machine."""

RETRY = '''
"""Calling what may fail."""
import random, time

MAX_TRIES = 5

class RetryError(Exception):
    """All tries failed."""

class Backoff:
    """Waits longer after each failed try."""

    def __init__(self, base, factor=2.0):
        self.base = base
        self.factor = factor

    def delay(self, attempt):
        """Seconds to wait before this attempt."""
        return self.base * self.factor ** attempt * random.random()

def retry_call(function, backoff, tries=MAX_TRIES):
    """Call a function again until it does not raise, or the tries are used up."""
    for attempt in range(tries):
        try:
            return function()
        except OSError:
            time.sleep(backoff.delay(attempt))
    raise RetryError(tries)
'''
STACK = '''
class BoundedStack:
    """A stack that forgets its oldest items."""

    def __init__(self, size):
        self.items, self.size = [], size

    def push(self, item):
        """Put an item on top; the oldest falls out when there are too many."""
        self.items.append(item)
        if len(self.items) > self.size:
            del self.items[0]

    def pop(self):
        """Take the item on top."""
        if not self.items:
            raise IndexError("empty")
        return self.items.pop()

def swap_pairs(numbers):
    """Exchange neighbours that stand in the wrong order, once through the list."""
    i = 0
    while i + 1 < len(numbers):
        if numbers[i] > numbers[i + 1]:
            numbers[i], numbers[i + 1] = numbers[i + 1], numbers[i]
        i += 1
    return numbers
'''
CLIENT = """
/** Sends requests to the shop's server. */
export class HttpClient {
  constructor(url, timeout) { this.url = url; this.timeout = timeout; }

  /** Fetch the items of a cart and add up what they cost. */
  async fetchCartTotal(cartId) {
    const answer = await fetch(`${this.url}/carts/${cartId}`, { timeout: this.timeout });
    if (!answer.ok) { throw new Error("no cart"); }
    const { items } = await answer.json();
    return items.reduce((sum, item) => sum + item.price * item.count, 0);
  }

  close() { this.closed = true; }
}

export const parseQuery = (text) => Object.fromEntries(new URLSearchParams(text));
"""
CONFIG = """
package config

// LoadSettings reads the settings file and fills in defaults for what is missing.
func LoadSettings(path string) (*Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	settings := &Settings{Port: 8080}
	return settings, json.Unmarshal(data, settings)
}

type Settings struct {
	Port int
	Host string
}

func (s *Settings) Address() string { return fmt.Sprintf("%s:%d", s.Host, s.Port) }
"""
TESTS = """
from shop.retry import retry_call, Backoff

def test_retry_call_gives_up():
    failing = lambda: 1 / 0
    assert raises(lambda: retry_call(failing, Backoff(0)))

def fake_settings():
    return {"port": 1}
"""
TREE = {
    "shop/retry.py": RETRY,
    "vendor/shop/retry.py": RETRY,
    "shop/collections/bounded_stack.py": STACK,
    "web/src/http_client.js": CLIENT,
    "config/settings.go": CONFIG,
    "tests/test_retry.py": TESTS,
    "examples/demo.py": "def main():\n    print('settings', load_settings('x'))\n\n\nmain()\n",
}
QUERIES = (
    ("call a function again when it fails", Mode.AUTO),
    ("how long to wait before the next attempt", Mode.AUTO),
    ("sum of the prices in the shopping cart", Mode.AUTO),
    ("read settings from a file with defaults", Mode.AUTO),
    ("test that retry_call gives up", Mode.AUTO),
    ("what does http_client.js do when it is closed", Mode.AUTO),
    ("BoundedStack push", Mode.AUTO),
    ("drop the oldest item when the stack is full", Mode.NATURAL_LANGUAGE),
    ("rtryCall", Mode.SYMBOL),
    ("Settings.Address", Mode.SYMBOL),
    ("fetch_cart_totl", Mode.SYMBOL),
    ("for each pair of neighbours:\n  if left > right: swap them\nreturn the list", Mode.AUTO),
    ("repeat n times:\n  try: return f()\n  except: wait\nraise an error", Mode.PSEUDOCODE),
    ("while i < len(a):\n    if a[i] > a[i+1]:\n        a[i], a[i+1] = a[i+1], a[i]\n    i += 1", Mode.CODE),
    ("render the phases of the moon", Mode.AUTO),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINDGAP_HOME", str(tmp_path_factory.mktemp("home")))
        root = tmp_path_factory.mktemp("golden")
        for name, text in TREE.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text.lstrip(), "utf-8")
        model = load_static(make_tiny_model(tmp_path_factory.mktemp("model")))
        with Workspace.open(root, model=model) as opened:
            opened.index()
            yield opened


def answer(gathered: Gathered) -> object:
    """What there is to know of an answer."""
    query, candidates, evidence = gathered.query, gathered.candidates, gathered.evidence
    features = feature_matrix(query, candidates, evidence)
    ranked, abstained = rank(query, candidates, evidence)
    row_of = {candidate.unit_id: row for row, candidate in enumerate(candidates)}
    order = [row_of[item.candidate.unit_id] for item in ranked]
    return {
        "mode": query.mode.value,
        "terms": list(query.terms),
        "candidates": len(candidates),
        "abstained": abstained,
        "signs": {**query_signs(query, evidence), **hit_signs(features, order)},
        "hits": [
            {
                "unit": f"{item.candidate.path} {item.candidate.qualname} {item.candidate.kind.value}",
                "score": item.score,
                "bm25": evidence.lexical.get(item.candidate.unit_id, 0.0),
                "features": dict(zip(FEATURES, features[row].tolist(), strict=True)),
                "added": dict(item.contributions),
            }
            for item, row in zip(ranked[:SHOWN], order, strict=False)
        ],
    }


def rounded(value: object) -> object:
    """Short, and without what is nothing."""
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        return {key: rounded(item) for key, item in named.items() if isinstance(item, bool) or item != 0}
    if isinstance(value, list):
        return [rounded(item) for item in cast("list[object]", value)]
    return round(value, 4) if isinstance(value, float) else value


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every figure with its path."""
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from leaves(item, f"{path} / {key}")
    elif isinstance(value, list):
        for place, item in enumerate(cast("list[object]", value)):
            yield from leaves(item, f"{path} / {place}")
    else:
        yield path, value


def differs(now: object, before: object) -> bool:
    """By more than machines do."""
    if isinstance(now, float | int) and isinstance(before, float | int):
        return abs(now - before) > TOLERANCE
    return bool(now != before)


def test_every_figure_is_as_it_was(workspace: Workspace) -> None:
    searcher = workspace.searcher()
    now = {text: rounded(answer(searcher.gather(text, mode))) for text, mode in QUERIES}
    if os.environ.get("MINDGAP_RECORD"):
        RECORDED.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
    is_now, was = dict(leaves(now)), dict(leaves(json.loads(RECORDED.read_text("utf-8"))))
    found = [
        f"{path}: {is_now.get(path, 0)}, was {was.get(path, 0)}"
        for path in sorted({*is_now, *was})
        if differs(is_now.get(path, 0), was.get(path, 0))
    ]
    assert not found, "\n".join(found[:40])


def test_the_recorded_answers_use_every_feature() -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    used = {name for said in recorded.values() for hit in said["hits"] for name in hit["features"]}
    # The deep tier's are there once it has answered, and coherence is computed apart.
    assert used == set(FEATURES) - {"deep", "deep_cosine", "coherence", "cross"}
    assert {said["mode"] for said in recorded.values()} == set(load_ranker().instant)
