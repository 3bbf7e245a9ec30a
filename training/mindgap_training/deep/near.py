"""Samples that are easily taken for another: wrong answers that are hard to tell from the right one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mindgap_indexer.encoding import EmbeddingModel
from mindgap_training.deep.samples import Sample
from mindgap_training.negatives import BLOCK, Ids, number_texts

Nearest = Mapping[str, Sequence[Ids]]
"""Of each source, for each sample: places of others in the same source, the nearest first."""

LIKE_THE_RIGHT_ONE = 0.95
"""A wrong answer as similar to the question as this share of the right one's similarity may be right as well.

Reference: G. Moreira et al., NV-Retriever, 2024 (positive-aware mining).
"""


def of_language(sample: Sample) -> str:
    """The language, within which things are near."""
    return sample.passage.language


def of_package(sample: Sample) -> tuple[str, str]:
    """The same within one package: group and language."""
    return sample.group, sample.passage.language


def nearest_samples(
    model: EmbeddingModel,
    sources: Mapping[str, Sequence[Sample]],
    count: int,
    group: Callable[[Sample], Hashable] = of_language,
    smallest: int = 1,
    likeness: float | None = LIKE_THE_RIGHT_ONE,
) -> Nearest:
    """For each question up to `count` samples of its source and group whose units look like its answer.

    In groups of fewer than `smallest` samples nothing is near, nor what is as similar to the question as the
    share `likeness` of the right one's similarity.
    """
    return {
        name: _nearest(model, samples, count, group, smallest, likeness) for name, samples in sources.items()
    }


def _nearest(
    model: EmbeddingModel,
    samples: Sequence[Sample],
    count: int,
    group: Callable[[Sample], Hashable],
    smallest: int,
    likeness: float | None,
) -> list[Ids]:
    found: list[Ids] = [np.empty(0, np.int64)] * len(samples)
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        places[group(sample)].append(place)
    for own in (own for own in places.values() if len(own) >= smallest):
        rows = np.array(own, np.int64)
        nearest = _nearest_rows(model, [samples[i] for i in own], count, likeness)
        for place, near in zip(own, nearest, strict=True):
            found[place] = rows[near]
    return found


def _nearest_rows(
    model: EmbeddingModel, samples: Sequence[Sample], count: int, likeness: float | None
) -> Iterator[Ids]:
    queries = model.embed_queries([sample.query for sample in samples])
    units = model.embed_units(
        [replace(sample.passage, doc="") if sample.is_from_doc else sample.passage for sample in samples]
    )
    texts = number_texts([f"{sample.passage.signature}\n{sample.passage.body}" for sample in samples])
    kept = min(count, len(samples))
    for at in range(0, len(samples), BLOCK):
        block = slice(at, at + BLOCK)
        scores = queries[block] @ units.T
        too_like = texts[block, None] == texts[None, :]
        if likeness is not None:
            too_like |= scores >= likeness * (queries[block] * units[block]).sum(axis=1, keepdims=True)
        scores[too_like] = -np.inf
        best = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
        for row, chosen in zip(scores, best, strict=True):
            order = chosen[np.lexsort((chosen, -row[chosen]))]
            yield order[np.isfinite(row[order])]
