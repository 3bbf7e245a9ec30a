"""Retrieval sets from their description in the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mindgap_training.corpora import load_candidates, load_corpus, split_by_group
from mindgap_training.corpora.known import across_languages
from mindgap_training.embeddings import Document
from mindgap_training.experiments.manifest import SetSpec
from mindgap_training.pairs import Pair
from mindgap_training.retrieval import RetrievalSet, retrieval_set


def load_set(name: str, spec: SetSpec, data: Path) -> RetrievalSet:
    """The set with its corpora read from the folder `data`; the same pairs for every cell."""
    train = [pair for corpus in spec.corpora for pair in _chosen(spec, load_corpus(corpus, data, "train"))]
    dev = _chosen(spec, load_corpus(spec.corpora[0], data, "dev"))
    if spec.dev_share:
        shares = {"train": 1 - spec.dev_share, "dev": spec.dev_share}
        splits = split_by_group([*train, *dev], shares, seed=0)
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


def _chosen(spec: SetSpec, pairs: Sequence[Pair]) -> list[Pair]:
    if spec.crossing:
        pairs = list(across_languages(pairs))
    return [
        pair
        for pair in pairs
        if (not spec.languages or pair.language in spec.languages)
        and pair.code.count("\n") + 1 >= spec.minimum_lines
    ]


def _distractors(spec: SetSpec, data: Path) -> list[Document]:
    if spec.candidates < 0:
        return []
    texts = load_candidates(spec.corpora[0], data)
    return [Document(text, "python") for text in texts[: spec.candidates or None]]
