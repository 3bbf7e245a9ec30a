"""Samples from files of pairs and from the public sets."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mindgap_indexer.types import Passage
from mindgap_training.corpora import load_corpus
from mindgap_training.corpora.origin import is_from_doc
from mindgap_training.corpora.readers import Row, optional_text, read_rows, required_text
from mindgap_training.deep.samples import Sample
from mindgap_training.embeddings import Document, parse_passage


def read_samples(path: Path) -> list[Sample]:
    """The training pairs of a file; rows of `mindgap train mine` bring the unit's parts along."""
    samples: list[Sample] = []
    for line, row in read_rows(path):
        if optional_text(row, "split") in ("", "train"):
            query, code = (required_text(path, line, row, column) for column in ("query", "code"))
            passage = _passage(row, code)
            samples.append(
                Sample(
                    query=query,
                    passage=passage,
                    group=optional_text(row, "group"),
                    source=optional_text(row, "source") or path.name.split(".")[0],
                    is_from_doc=is_from_doc(query, passage.doc),
                )
            )
    return samples


def corpus_samples(name: str, data: Path) -> list[Sample]:
    """The training pairs of a public set, without those whose answer is one of its other splits too."""
    pairs = load_corpus(name, data)
    measured = {_bare(pair.code) for pair in pairs if pair.split != "train"}
    return [
        Sample(pair.query, parse_passage(Document(pair.code, pair.language)), pair.group, name)
        for pair in pairs
        if pair.split == "train" and _bare(pair.code) not in measured
    ]


def languages(samples: Collection[Sample]) -> dict[str, int]:
    """How many samples each language has."""
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.passage.language] = counts.get(sample.passage.language, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _passage(row: Row, code: str) -> Passage:
    language = optional_text(row, "language")
    if "qualname" not in row:
        return parse_passage(Document(code, language))
    name, qualname, signature, doc, body = (
        optional_text(row, column) for column in ("name", "qualname", "signature", "doc", "body")
    )
    return Passage(name, qualname, signature, doc, body, language)


def _bare(code: str) -> str:
    return "".join(code.split())
