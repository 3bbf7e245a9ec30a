"""What a method costs: query time beside its base's, encoding rate, parameters, memory.

Other work on the machine slows a method down or not, as it happens. So the method and its base take turns,
batch by batch in one process, and their ratio is what can be trusted.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from mindgap_indexer.encoding import Encoder, Projection
from mindgap_indexer.encoding.bases import locate_base
from mindgap_indexer.encoding.model import DEFAULT_MODEL, STATIC, is_static, load_encoder
from mindgap_indexer.encoding.static_model import TABLE
from mindgap_indexer.encoding.tensors import read_bytes, unpack
from mindgap_indexer.types import Float32
from mindgap_training.baselines.bm25 import Bm25Index
from mindgap_training.embeddings import Document
from mindgap_training.metrics import Estimate, Float64, bootstrap

ROUNDS = {1: 200, 8: 40, 64: 8}
"""How often each batch size is timed."""
ANSWERS = 10_000
"""That each query is compared with: a code base of middling size."""

Ask = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class SpeedJob:
    """What is measured; small enough to hand to another process."""

    base: str
    """Name of the encoder that the times are set against."""
    method: str
    """`bm25`, `base` or `projection`."""
    output: int
    """Width of the projection, 0 for the base's own. Weights do not matter for the time."""
    queries: tuple[str, ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """Time of a batch size, from the same rounds for both."""

    method_ms: float
    """Median per query: encoding, projecting, comparing with all answers."""
    base_ms: float
    ratio: Estimate
    """Median over rounds of the method's time through the base's."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a method costs."""

    latency: dict[str, Latency]
    """By batch size."""
    documents_per_second: float
    """Encoded or indexed."""
    parameters: int
    """Of the encoder and the projection's query head."""
    memory_mb: float
    """Resident memory of a process that has loaded the method and nothing else."""
    bytes_per_document: int
    """Of float32 vectors; 0 for BM25."""


def measure_speed(job: SpeedJob) -> Speed:
    """Measure in a fresh process, so that memory and warm caches of others do not count."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measure, job).result()


def _measure(job: SpeedJob) -> Speed:
    if job.method == "bm25":
        started = time.perf_counter()
        Bm25Index(job.documents)
        rate, width, parameters = len(job.documents) / (time.perf_counter() - started), 0, 0
        ask = _bm25(job.documents)
        memory = _memory_mb()
        encoder = load_encoder(job.base)
    else:
        encoder = load_encoder(job.base)
        heads = _heads(job, encoder)
        rate, width = _encode_rate(job.documents, encoder, heads), heads.dimension
        parameters = _parameters(job.base) + sum(weights.size for weights in heads.query.values())
        memory = _memory_mb()
        ask = _dense(encoder, heads)
    base = _dense(encoder, Projection.identity(encoder.dimension, encoder.fingerprint))
    latency = _latencies(ask, base, job.queries)
    return Speed(latency, round(rate, 1), parameters, round(memory, 1), 4 * width)


def _heads(job: SpeedJob, encoder: Encoder) -> Projection:
    if job.method == "base":
        return Projection.identity(encoder.dimension, encoder.fingerprint)
    width = job.output or encoder.dimension
    weights = {
        "weight": np.eye(width, encoder.dimension, dtype=np.float32),
        "bias": np.zeros(width, np.float32),
    }
    return Projection("linear", encoder.fingerprint, encoder.dimension, weights, weights)


def _parameters(base: str) -> int:
    """Values in an encoder's weights."""
    folder = DEFAULT_MODEL if base == STATIC else Path(base)
    weights = folder / TABLE if is_static(folder) else locate_base(base) / "model.safetensors"
    return sum(array.size for array in unpack(read_bytes(weights), weights)[0].values())


def _encode_rate(documents: Sequence[Document], encoder: Encoder, heads: Projection) -> float:
    texts = [document.text for document in documents]
    encoder.encode_queries(texts[:8])  # what is set up once
    started = time.perf_counter()
    heads.project_units(encoder.encode_queries(texts))
    return len(texts) / (time.perf_counter() - started)


def _dense(encoder: Encoder, heads: Projection) -> Ask:
    # What the answers are does not matter for the time of comparing with them.
    noise = np.random.default_rng(0).standard_normal((ANSWERS, encoder.dimension)).astype(np.float32)
    answers: Float32 = heads.project_units(noise)

    def ask(queries: Sequence[str]) -> object:
        return (heads.project_queries(encoder.encode_queries(queries)) @ answers.T).argmax(axis=1)

    return ask


def _bm25(documents: Sequence[Document]) -> Ask:
    index = Bm25Index([documents[i % len(documents)] for i in range(ANSWERS)])

    def ask(queries: Sequence[str]) -> object:
        return [int(index.scores(query).argmax()) for query in queries]

    return ask


def _latencies(method: Ask, base: Ask, queries: Sequence[str]) -> dict[str, Latency]:
    for ask in (method, base):
        ask(queries[: max(ROUNDS)])  # what is set up once
    return {str(size): _latency(method, base, queries, size) for size in ROUNDS}


def _latency(method: Ask, base: Ask, queries: Sequence[str], size: int) -> Latency:
    times: Float64 = np.empty((ROUNDS[size], 2))
    for number in range(ROUNDS[size]):
        batch = [queries[(number * size + i) % len(queries)] for i in range(size)]
        # Who comes second finds the batch in the processor's caches: so each is first every other time.
        for place in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            (method, base)[place](batch)
            times[number, place] = (time.perf_counter() - started) * 1000 / size
    middle = np.median(times, axis=0)
    ratio = bootstrap(times[:, 0] / times[:, 1], np.median)
    return Latency(round(float(middle[0]), 3), round(float(middle[1]), 3), ratio)


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6
