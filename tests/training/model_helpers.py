"""Small data for tests of training: pairs of two vocabularies that mean the same word by word."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from mindgap_training.loop import TrainConfig
from mindgap_training.negatives import number_texts
from mindgap_training.pairs import Pair
from mindgap_training.train import TrainingVectors

WORDS = (
    "parse",
    "config",
    "file",
    "read",
    "write",
    "path",
    "graph",
    "shortest",
    "sort",
    "list",
    "node",
    "tree",
)
FOREIGN = (
    "zerlegen",
    "einstellung",
    "datei",
    "lesen",
    "schreiben",
    "pfad",
    "netz",
    "kurz",
    "ordnen",
    "reihe",
)
# On a busy machine torch's threads wait for each other longer than such small products take.
torch.set_num_threads(1)
QUICK = TrainConfig(steps=60, batch=32, check_every=20, patience=3, learning_rate=3e-3)


def foreign_pairs(count: int, seed: int = 0, split: str = "train") -> list[Pair]:
    """Three words, and the same three in a language that the tiny base does not know."""
    random = np.random.default_rng(seed)
    chosen: list[list[int]] = [random.choice(len(FOREIGN), 3, replace=False).tolist() for _ in range(count)]
    return [
        Pair(
            f"{split}-{seed}-{i}",
            " ".join(WORDS[j] for j in words),
            " ".join(FOREIGN[j] for j in words) + f" {i}",
            language="de",
            split=split,
            source="made",
        )
        for i, words in enumerate(chosen)
    ]


def rotated_vectors(count: int = 200, width: int = 16, seed: int = 0) -> TrainingVectors:
    """Answers that are the questions turned by a fixed rotation: linear heads can undo it."""
    random = np.random.default_rng(seed)
    queries = random.standard_normal((count, width)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    turn = np.linalg.qr(np.random.default_rng(99).standard_normal((width, width)))[0].astype(np.float32)
    names = [str(i) for i in range(count)]
    return TrainingVectors(queries, queries @ turn, number_texts(names), names)


def write_jsonl(path: Path, pairs: list[Pair]) -> Path:
    rows = [
        {"id": p.id, "query": p.query, "code": p.code, "language": p.language, "split": p.split}
        for p in pairs
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
