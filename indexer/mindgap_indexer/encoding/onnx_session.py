"""Running ONNX graphs by onnxruntime, which may not be installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

import numpy.typing as npt

from mindgap_indexer.errors import ModelError

INSTALL_HINT = "Install it with `pip install 'mindgap[deep]'`."
_ERRORS_ONLY = 3
"""Severity of what onnxruntime may write to standard error; less says nothing to a user of Mindgap."""

Text = TypeVar("Text")
Result = TypeVar("Result")


class Session(Protocol):
    """What is used of onnxruntime.InferenceSession, which may not be installed."""

    def run(self, outputs: None, inputs: Mapping[str, npt.NDArray[Any]], /) -> list[Any]:
        """The outputs for these inputs."""
        ...


def has_onnxruntime() -> bool:
    """Whether the deep model that ships can run here; imports nothing."""
    return find_spec("onnxruntime") is not None


def session(graph: bytes) -> Session:
    """A graph ready to run. Raises ModelError."""
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
        made: Session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's exceptions have no common base
        raise ModelError(
            f"onnxruntime {runtime.__version__} cannot load the deep model ({error})."
        ) from error
    return made


def each_on_a_thread(
    run: Callable[[Text], Result], texts: Sequence[Text], threads: int | None
) -> Iterator[Result]:
    """What `run` gives for each, in order, on so many threads; None: one for each core that is ours."""
    threads = min(threads or _usable_cores(), len(texts))
    if threads <= 1:
        yield from map(run, texts)
        return
    from concurrent.futures import ThreadPoolExecutor  # 10 ms that the instant tier need not pay

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(run, texts)


def _usable_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
