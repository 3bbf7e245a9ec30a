"""The learned weights of the ranking: for each way to read a query, one weight per feature.

A question about a topic asks for a file, and what all functions of a file tell together answers it; other
questions ask for one function, and what tells it from all others answers them. So each kind has weights of
its own, and what a question is about decides how much which of them count (topics.py).

Linear on purpose: what each feature added can be shown, and a few hundred questions are enough to learn it.
`mindgap train ranker` writes the file.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np

from mindgap_indexer.errors import ModelError
from mindgap_indexer.ranking.features import FEATURES, Candidate, coherence, file_numbers
from mindgap_indexer.ranking.topics import TOPIC
from mindgap_indexer.types import Float32, Mode

DEFAULT_RANKER = Path(__file__).parents[1] / "models" / "ranker-v1.json"
FORMAT = 5
MODES = frozenset(Mode) - {Mode.AUTO}
DEEP_MODES = MODES - {Mode.SYMBOL}
READ_MODES = frozenset({Mode.NATURAL_LANGUAGE})
"""What a cross-encoder reads: of pseudocode, vectors and what is done step by step tell more."""
_COHERENCE = FEATURES.index("coherence")
_MARGIN = 2.0
"""So far below the best, a candidate of the first pass still says half as much for its file."""
_SCATTERED = 2 / 3
"""Where more of the candidates than this share have a file to themselves, files tell nothing of functions."""


@dataclass(frozen=True, slots=True)
class ModeWeights:
    """The weights (features,) of one way to read a query."""

    first: Float32
    """Without coherence, which is made from what these say."""
    functions: Float32
    """For questions about one function, and for which function of a file, whatever is asked for."""
    files: Float32
    """For which file a topic is about: the best score by these is that of a file. Nothing where no question
    is about one."""
    scattered: Float32
    """Instead of all three, where candidates are scattered: nobody asks a pile of snippets for a file."""
    sureness: Mapping[str, float]
    """Logistic weights over the signs of a good answer, see sureness.py."""
    least_sureness: float
    """Below it, an answer is none."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights for every mode, and those with vectors of the deep tier, which names are not asked of."""

    topic: Mapping[str, float]
    """Logistic weights over the signs of a question about a topic, see topics.py."""
    instant: Mapping[Mode, ModeWeights]
    deep: Mapping[Mode, ModeWeights]
    read: Mapping[Mode, ModeWeights]
    """Where a cross-encoder has read the best of those, too."""


def contributions(
    weights: ModeWeights, candidates: Sequence[Candidate], features: Float32, topic: float
) -> tuple[Float32, Float32]:
    """What each feature adds for each candidate (n, features), and the scores (n,); fills coherence.

    As far as the question is about a topic (0 to 1), the scores of a file are moved to where its best is as
    good as the file.
    """
    if _are_scattered(candidates):
        added = features * weights.scattered
        return added, added.sum(axis=1)
    likelihood = closeness(features @ weights.first)
    features[:, _COHERENCE] = coherence(candidates, likelihood)
    added = features * weights.functions
    scores: Float32 = added.sum(axis=1)
    if topic:
        scores += topic * (in_files(candidates, features @ weights.files, scores) - scores)
    return added, scores


def in_files(candidates: Sequence[Candidate], files: Float32, functions: Float32) -> Float32:
    """Scores `functions` (n,), moved file by file so that the best of each is as good as in `files` (n,)."""
    numbers = file_numbers(candidates)
    best = np.full((2, len(candidates)), -np.inf, np.float32)
    for row, scores in zip(best, (files, functions), strict=True):
        np.maximum.at(row, numbers, scores)
    moved: Float32 = functions + (best[0, numbers] - best[1, numbers])
    return moved


def _are_scattered(candidates: Sequence[Candidate]) -> bool:
    per_file = Counter((candidate.code_base, candidate.path) for candidate in candidates)
    return list(per_file.values()).count(1) > _SCATTERED * len(candidates)


def closeness(scores: Float32) -> Float32:
    """How close each score (n,) is to the best, as a number between 0 and 1."""
    below: Float32 = scores.max() - scores - _MARGIN
    return (1 / (1 + np.exp(np.minimum(below, 50)))).astype(np.float32)


Weights = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By mode: `first`, `functions`, `files` (in plain words only), `scattered` and `sureness`."""


def pack_ranker(topic: Mapping[str, float], instant: Weights, deep: Weights, read: Weights) -> bytes:
    """A ranker's file, with a hash of its contents."""
    tiers = {"instant": instant, "deep": deep, "read": read}
    contents = {"format": FORMAT, "features": list(FEATURES), TOPIC: dict(topic), **tiers}
    return f"{json.dumps({**contents, 'sha256': _sha256(contents)}, indent=1)}\n".encode()


@cache
def load_ranker(path: Path = DEFAULT_RANKER) -> Ranker:
    """Read and check what `mindgap train ranker` wrote."""
    try:
        data = cast("dict[str, object]", json.loads(path.read_bytes()))
        if data.get("format") != FORMAT or data.get("features") != list(FEATURES):
            raise ValueError("it is of another version")
        if data.pop("sha256", None) != _sha256(data):
            raise ValueError("it is damaged: its SHA-256 is not the one that it names")
        tiers = (("instant", MODES), ("deep", DEEP_MODES), ("read", READ_MODES))
        topic = cast("dict[str, float]", data[TOPIC])
        ranker = Ranker(topic, *(_modes(data[name], modes) for name, modes in tiers))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"The ranker {path} cannot be used ({error}). Install Mindgap again.") from error
    return ranker


def _sha256(contents: Mapping[str, object]) -> str:
    """Of what a ranker says, however it is written."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _modes(data: object, modes: Iterable[Mode]) -> dict[Mode, ModeWeights]:
    table = cast("dict[str, dict[str, dict[str, float]]]", data)
    return {mode: _mode(table[mode]) for mode in modes}


def _mode(weights: Mapping[str, Mapping[str, float]]) -> ModeWeights:
    sureness = dict(weights["sureness"])
    least = sureness.pop("least")
    first, functions, scattered = (_vector(weights[name]) for name in ("first", "functions", "scattered"))
    return ModeWeights(first, functions, _vector(weights.get("files", {})), scattered, sureness, least)


def _vector(weights: Mapping[str, float]) -> Float32:
    if unknown := weights.keys() - set(FEATURES):
        raise ValueError(f"unknown feature {min(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES], np.float32)
