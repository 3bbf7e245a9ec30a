"""Reading and writing arrays as safetensors, and short hashes of what they contain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from mindgap_indexer.errors import ModelError

Array = npt.NDArray[Any]

# One entry holds all metadata as JSON: safetensors writes several entries in no fixed order, and equal
# models should be equal bytes.
_METADATA = "mindgap"


def short_hash(parts: Iterable[bytes | str]) -> str:
    """16 hex digits that name a sequence of parts; where one part ends matters."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()[:16]


def hash_arrays(arrays: Mapping[str, Array]) -> str:
    """16 hex digits that name arrays with their names, types and shapes."""
    parts: list[bytes | str] = []
    for name, array in sorted(arrays.items()):
        parts += [name, f"{array.dtype} {array.shape}", np.ascontiguousarray(array).tobytes()]
    return short_hash(parts)


def pack(arrays: Mapping[str, Array], metadata: Mapping[str, object]) -> bytes:
    """A safetensors file; equal contents give equal bytes."""
    import safetensors.numpy

    contiguous = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    return safetensors.numpy.save(contiguous, {_METADATA: json.dumps(metadata, sort_keys=True)})


def unpack(data: bytes, source: Path) -> tuple[dict[str, Array], dict[str, object]]:
    """Arrays and metadata of a safetensors file; `source` names it in the error."""
    import safetensors.numpy
    from safetensors import SafetensorError

    try:
        arrays = safetensors.numpy.load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        metadata = json.loads(header.get("__metadata__", {}).get(_METADATA, "{}"))
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"{source} is not a complete safetensors file ({error}). {REINSTALL}") from error
    return dict(arrays), cast("dict[str, object]", metadata if isinstance(metadata, dict) else {})


def read_bytes(path: Path) -> bytes:
    """A model file's bytes."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read ({error.strerror}). {REINSTALL}") from error


REINSTALL = "Install Mindgap again, or make the model again if it is your own."
