"""The deep encoder that ships: an int8 transformer run by onnxruntime, without torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.onnx_model import TOKENIZER, OnnxModel
from mindgap_indexer.encoding.reading import passage_text, readable
from mindgap_indexer.encoding.tensors import REINSTALL
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Passage

INSTALL_HINT = "Install it with `pip install 'mindgap[deep]'`."
_ERRORS_ONLY = 3
"""Severity of what onnxruntime may write to standard error; less says nothing to a user of Mindgap."""


class _Session(Protocol):
    """What is used of onnxruntime.InferenceSession, which may not be installed."""

    def run(self, outputs: None, inputs: Mapping[str, npt.NDArray[np.int64]], /) -> list[Any]: ...


def has_onnxruntime() -> bool:
    """Whether the deep model that ships can run here; imports nothing."""
    return find_spec("onnxruntime") is not None


class OnnxEncoder:
    """Encodes one text after the other on each thread.

    Without batches nothing is padded and a text's vector depends on nothing but the text; a core is as fast.
    """

    def __init__(self, model: OnnxModel, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._settings = model.settings
        self._fingerprint = model.fingerprint
        self._threads = threads or _usable_cores()
        self._session = _session(model.graph)
        try:
            self._tokenizer = Tokenizer.from_str(model.tokenizer)
        except Exception as error:  # the library raises bare exceptions
            raise ModelError(f"The model's {TOKENIZER} cannot be read ({error}). {REINSTALL}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    @property
    def fingerprint(self) -> str:
        """Short hex name of graph, tokeniser, settings and recipe."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._settings.dimension

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        return self._encode([passage_text(passage) for passage in passages], self._settings.unit_tokens)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        return self._encode(texts, self._settings.query_tokens)

    def _encode(self, texts: Sequence[str], max_tokens: int) -> Float32:
        out = np.zeros((len(texts), self.dimension), np.float32)
        # Not by enable_truncation: units and queries may be encoded on two threads at once.
        ids = [
            _cut(encoding.ids, max_tokens)
            for encoding in self._tokenizer.encode_batch(readable(texts, max_tokens))
        ]
        if len(texts) == 1 or self._threads == 1:
            for row, text in zip(out, ids, strict=True):
                row[:] = self._run(text)
        else:
            from concurrent.futures import ThreadPoolExecutor  # 10 ms that the instant tier need not pay

            with ThreadPoolExecutor(self._threads) as pool:
                for row, vector in zip(out, pool.map(self._run, ids), strict=True):
                    row[:] = vector
        return normalise(out)

    def _run(self, ids: npt.NDArray[np.int64]) -> Float32:
        vector: Float32 = self._session.run(None, {"ids": ids})[0]
        return vector


def _cut(ids: Sequence[int], most: int) -> npt.NDArray[np.int64]:
    """At most so many ids, the last of them the end mark."""
    kept = ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
    return np.array(kept, np.int64)


def _session(graph: bytes) -> _Session:
    try:
        runtime = import_module("onnxruntime")
    except ImportError as error:
        raise ModelError(f"The deep model needs onnxruntime. {INSTALL_HINT}") from error
    # The official builds for Windows would report to their maker.
    runtime.disable_telemetry_events()
    options = runtime.SessionOptions()
    # Several texts run at once instead; within one text there is too little to share.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        session: _Session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's exceptions have no common base
        raise ModelError(
            f"onnxruntime {runtime.__version__} cannot load the deep model ({error})."
        ) from error
    return session


def _usable_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
