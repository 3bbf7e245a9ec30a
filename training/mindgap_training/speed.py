"""Encode and query times, size and memory of a method, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import psutil

from mindgap_indexer.encoding import Projection
from mindgap_indexer.encoding.model import DEFAULT_MODEL
from mindgap_training.baselines.bm25 import Bm25Index
from mindgap_training.embeddings import SHIPPED, Document, load_encoder

BATCHES = {1: 21, 8: 7, 64: 3}
"""How often each batch size is timed."""

Ask = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class SpeedJob:
    """What is measured; small enough to hand to another process."""

    base: str
    """Name of the base, empty for BM25."""
    projected: bool
    """With a linear head behind the base; its weights do not matter for the time."""
    queries: tuple[str, ...]
    documents: tuple[Document, ...]
    """As many as a small code base has; each query is compared with all."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a method costs."""

    query_ms: dict[str, float]
    """Median time per query by batch size: encoding, projecting, comparing with all documents."""
    documents_per_second: float
    """Encoded or indexed."""
    weights_mb: float
    """What is loaded for the method."""
    memory_mb: float
    """Resident memory of the whole process after all of it."""
    bytes_per_document: int
    """Of float32 vectors; 0 for BM25."""


def measure_speed(job: SpeedJob) -> Speed:
    """Measure in a fresh process, so that memory and warm caches of others do not count."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measure, job).result()


def _measure(job: SpeedJob) -> Speed:
    before = _memory_mb()
    if job.base:
        ask, rate, width = _dense(job)
    else:
        ask, rate, width = _bm25(job)
    # The first questions pay for what is set up once.
    ask(job.queries[: max(BATCHES)])
    times = {str(size): _median_ms(ask, job.queries, size) for size in BATCHES}
    return Speed(times, rate, round(_memory_mb() - before, 1), round(_memory_mb(), 1), 4 * width)


def _dense(job: SpeedJob) -> tuple[Ask, float, int]:
    encoder = load_encoder(str(DEFAULT_MODEL) if job.base == SHIPPED else job.base)
    heads = Projection.identity(encoder.dimension, encoder.fingerprint)
    if job.projected:
        width = encoder.dimension
        weights = {"weight": np.eye(width, dtype=np.float32), "bias": np.zeros(width, np.float32)}
        heads = Projection("linear", encoder.fingerprint, width, weights, weights)
    texts = [document.text for document in job.documents]
    encoder.encode_queries(texts[:8])
    started = time.perf_counter()
    vectors = heads.project_units(encoder.encode_queries(texts))
    rate = len(texts) / (time.perf_counter() - started)

    def ask(queries: Sequence[str]) -> object:
        return (heads.project_queries(encoder.encode_queries(queries)) @ vectors.T).argmax(axis=1)

    return ask, round(rate, 1), encoder.dimension


def _bm25(job: SpeedJob) -> tuple[Ask, float, int]:
    started = time.perf_counter()
    index = Bm25Index(job.documents)
    rate = len(job.documents) / (time.perf_counter() - started)

    def ask(queries: Sequence[str]) -> object:
        return [int(index.scores(query).argmax()) for query in queries]

    return ask, round(rate, 1), 0


def _median_ms(ask: Ask, queries: Sequence[str], size: int) -> float:
    times: list[float] = []
    for repeat in range(BATCHES[size]):
        batch = [queries[(repeat * size + i) % len(queries)] for i in range(size)]
        started = time.perf_counter()
        ask(batch)
        times.append((time.perf_counter() - started) * 1000 / size)
    return round(statistics.median(times), 3)


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6
