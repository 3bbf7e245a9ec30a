"""Retrieval sets from their description in the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mindgap_indexer.paths import home
from mindgap_training.corpora import deduplicate, load_candidates, load_corpus, split_by_group
from mindgap_training.corpora.known import across_languages
from mindgap_training.corpora.readers import read_pairs, write_pairs
from mindgap_training.embeddings import Document
from mindgap_training.experiments.manifest import SetSpec
from mindgap_training.mining import mine_package, read_manifest
from mindgap_training.mining.fetch import fetch
from mindgap_training.pairs import Pair
from mindgap_training.pseudocode.blind import blind
from mindgap_training.retrieval import RetrievalSet, retrieval_set

_PER_PACKAGE = 250
"""Pairs of a mined package: no language drowns the others."""


def load_set(name: str, spec: SetSpec, data: Path, manifests: Path) -> RetrievalSet:
    """The set with its corpora read from the folder `data`; the same pairs for every cell.

    Raises PackageError where its packages cannot be had.
    """
    pairs = _mined(manifests / spec.packages) if spec.packages else _of_corpora(spec, data)
    chosen = list(_chosen(spec, pairs))
    train, dev = ([pair for pair in chosen if pair.split == split] for split in ("train", "dev"))
    if spec.dev_share:
        splits = split_by_group(chosen, {"train": 1 - spec.dev_share, "dev": spec.dev_share}, seed=0)
        train, dev = splits["train"], splits["dev"]
    return retrieval_set(
        name,
        train,
        dev,
        distractors=_distractors(spec, data),
        most_train=spec.train,
        most_queries=spec.queries,
        same_group=spec.same_group,
    )


def _of_corpora(spec: SetSpec, data: Path) -> list[Pair]:
    return [
        pair
        for corpus in spec.corpora
        for split in ("train", "dev")
        for pair in _crossed(spec, load_corpus(corpus, data, split))
    ]


def _crossed(spec: SetSpec, pairs: Sequence[Pair]) -> Sequence[Pair]:
    return list(across_languages(pairs)) if spec.crossing else pairs


def _chosen(spec: SetSpec, pairs: Sequence[Pair]) -> Iterator[Pair]:
    for pair in pairs:
        if pair.code.count("\n") + 1 >= spec.minimum_lines:
            yield blind(pair) if spec.blind else pair


def _mined(manifest: Path) -> list[Pair]:
    """Documentation and functions of packages; the first package of each language is the dev split."""
    name = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    kept = home() / "training" / "mined" / f"{name}.jsonl.gz"
    if not kept.is_file():
        write_pairs(kept, _mine(manifest))
    pairs = read_pairs(kept)
    asked: dict[str, str] = {}
    for pair in pairs:
        asked.setdefault(pair.language, pair.group)
    return [replace(p, split="dev" if asked[p.language] == p.group else "train") for p in pairs]


def _mine(manifest: Path) -> list[Pair]:
    mined = (
        mine_package(package, fetch(package, home() / "packages"), limit=_PER_PACKAGE)
        for package in read_manifest(manifest).packages
    )
    return deduplicate(pair for package in mined for pair in package.pairs)


def _distractors(spec: SetSpec, data: Path) -> list[Document]:
    if spec.candidates < 0:
        return []
    texts = load_candidates(spec.corpora[0], data)
    return [Document(text, "python") for text in texts[: spec.candidates or None]]
