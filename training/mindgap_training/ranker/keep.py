"""Examples on disk, a file per code base, so that a stopped collection continues where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from mindgap_indexer.encoding.tensors import Array, pack
from mindgap_indexer.ranking import Candidate
from mindgap_indexer.types import Kind, Mode
from mindgap_training.files import arrays_of, write_atomically
from mindgap_training.ranker.example import Example

_ENDING = ".safetensors"


def keep(folder: Path, name: str, key: str, examples: Sequence[Example]) -> None:
    """Write the examples of one code base; `key` names everything that they were made from."""
    arrays: dict[str, Array] = {}
    if examples:
        arrays["features"] = np.concatenate([example.features for example in examples])
        arrays["answers"] = np.concatenate([example.answers for example in examples])
    told = [
        {
            "kind": example.kind,
            "text": example.text,
            "mode": example.mode.value,
            "candidates": [list(candidate) for candidate in example.candidates],
            "signs": dict(example.signs),
            "answerable": example.answerable,
        }
        for example in examples
    ]
    write_atomically(folder / f"{name}{_ENDING}", pack(arrays, {"key": key, "examples": told}))


def kept(folder: Path, name: str, key: str) -> list[Example] | None:
    """What `keep` wrote under the same key; None where there is nothing, or something else."""
    read = arrays_of(folder / f"{name}{_ENDING}", "key", key)
    if read is None:
        return None
    arrays, about = read
    found: list[Example] = []
    start = 0
    for told in cast("list[Mapping[str, object]]", about["examples"]):
        candidates = [_candidate(values) for values in cast("list[list[object]]", told["candidates"])]
        end = start + len(candidates)
        found.append(
            Example(
                kind=str(told["kind"]),
                text=str(told["text"]),
                mode=Mode(str(told["mode"])),
                candidates=candidates,
                # A copy: the fit writes into its column of coherence.
                features=arrays["features"][start:end].copy(),
                answers=arrays["answers"][start:end],
                signs=cast("dict[str, float]", told["signs"]),
                answerable=bool(told["answerable"]),
            )
        )
        start = end
    return found


def _candidate(values: Sequence[object]) -> Candidate:
    candidate = Candidate._make(values)
    return candidate._replace(kind=Kind(candidate.kind))
