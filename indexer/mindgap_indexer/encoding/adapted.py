"""A folder with a trained projection: the heads, and which encoder they were trained for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mindgap_indexer.encoding.tensors import read_bytes
from mindgap_indexer.errors import ModelError

BASE, HEADS = "base.json", "projection.safetensors"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Base:
    """How to load an encoder again."""

    model: str
    """`static` for the model that is shipped, a Hugging Face id, or a local folder."""
    revision: str | None = None
    max_tokens: int = 128
    """Of a transformer: longer texts are cut."""


def write_base(folder: Path, base: Base) -> None:
    """Say in a folder for which encoder its heads are."""
    (folder / BASE).write_text(json.dumps({"format": _FORMAT, **asdict(base)}, indent=1) + "\n", "utf-8")


def read_base(folder: Path) -> Base:
    """What `write_base` wrote."""
    path = folder / BASE
    try:
        values = json.loads(read_bytes(path))
        if values.pop("format") != _FORMAT:
            raise ValueError("another format")
        model, revision, tokens = values["model"], values["revision"], values["max_tokens"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"{path} does not say what this version reads ({error}). Export it again."
        ) from error
    if not (isinstance(model, str) and isinstance(tokens, int) and isinstance(revision, str | None)):
        raise ModelError(f"{path} does not name an encoder. Export the projection again.")
    return Base(model, revision, tokens)
