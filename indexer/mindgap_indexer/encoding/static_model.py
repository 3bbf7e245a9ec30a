"""The folder of a static model: its settings and files, written, read and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import InitVar, asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np

from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.tensors import REINSTALL, Array, pack, read_bytes, short_hash, unpack
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Int8, Passage

FORMAT = 1
RECIPE = 1
"""Raised when the code between text and sum changes: other vectors must have another fingerprint."""

CONFIG, TABLE, TOKENIZER, PROJECTION, BACKGROUND, TOKENS = (
    "config.json",
    "table.safetensors",
    "tokenizer.json",
    "projection.safetensors",
    "background.safetensors",
    "tokens.safetensors",
)


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much a word counts by where it stands in a unit."""

    name: float = 4.0
    qualname: float = 1.0
    signature: float = 1.0
    doc: float = 4.0
    body: float = 1.0

    def weigh(self, passage: Passage) -> tuple[tuple[str, float], ...]:
        """The fields of a passage with their weights."""
        return (
            (passage.name, self.name),
            (passage.qualname, self.qualname),
            (passage.signature, self.signature),
            (passage.doc, self.doc),
            (passage.body, self.body),
        )


@dataclass(frozen=True, slots=True)
class StaticTable:
    """One vector per sub-word, `rows * scales`, and its weight on either side."""

    rows: Int8
    """(v, d)"""
    scales: Float32
    """(v,)"""
    unit_weights: Float32
    """(v,)"""
    query_weights: Float32
    """(v,)"""

    def arrays(self) -> dict[str, Array]:
        """The arrays by name, as they are stored."""
        return {
            "rows": self.rows,
            "scales": self.scales,
            "unit_weights": self.unit_weights,
            "query_weights": self.query_weights,
        }


@dataclass(frozen=True, slots=True)
class StaticModel:
    """The contents of a static model's folder."""

    table: StaticTable
    tokenizer: str
    """A tokeniser in the JSON of the tokenizers library; its id 0 stands for the unknown."""
    field_weights: FieldWeights = FieldWeights()
    provenance: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the model was made from, for people."""
    packed: InitVar[bytes | None] = None
    """The table as `pack` writes it, where it is at hand."""
    fingerprint: str = field(init=False)
    """Short hex name of everything that the vectors depend on."""

    def __post_init__(self, packed: bytes | None) -> None:
        table = packed or pack(self.table.arrays(), {})
        object.__setattr__(self, "fingerprint", _fingerprint(self.field_weights, table, self.tokenizer))


def _fingerprint(weights: FieldWeights, table: bytes, tokenizer: str) -> str:
    settings = {"recipe": RECIPE, "field_weights": asdict(weights)}
    return short_hash([json.dumps(settings, sort_keys=True), table, tokenizer])


def write_static_model(
    folder: Path,
    model: StaticModel,
    projection: Projection | None = None,
    extras: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Write a model's folder; without a projection both sides pass unchanged.

    `extras` are the contents of BACKGROUND and TOKENS, which a model may do without.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size, dimension = model.table.rows.shape
    (folder / TABLE).write_bytes(pack(model.table.arrays(), {}))
    (folder / TOKENIZER).write_text(model.tokenizer, "utf-8", newline="\n")
    (projection or Projection.identity(dimension, model.fingerprint)).save(folder / PROJECTION)
    for name, data in extras.items():
        (folder / name).write_bytes(data)
    files = [TABLE, TOKENIZER, PROJECTION, *extras]
    config = {
        "format": FORMAT,
        "kind": "static",
        "rows": size,
        "dimension": dimension,
        "field_weights": asdict(model.field_weights),
        "sha256": {name: _sha256((folder / name).read_bytes()) for name in files},
        "provenance": dict(model.provenance),
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8", newline="\n")


def read_static_model(folder: Path) -> tuple[StaticModel, Projection]:
    """Read and check a model's folder."""
    config = _read_config(folder / CONFIG)
    hashes = _mapping(config.get("sha256"))
    files = {name: _read_checked(folder / name, hashes.get(name)) for name in (TABLE, TOKENIZER, PROJECTION)}
    table = _table(unpack(files[TABLE], folder / TABLE)[0], config, folder)
    weights = _field_weights(_mapping(config.get("field_weights")), folder)
    provenance = _mapping(config.get("provenance"))
    tokenizer = files[TOKENIZER].decode("utf-8")
    model = StaticModel(table, tokenizer, weights, provenance, files[TABLE])
    return model, Projection.from_bytes(files[PROJECTION], folder / PROJECTION)


def read_extra(folder: Path, name: str) -> bytes | None:
    """Read and check a file that a model's folder may do without; None where it does."""
    sha256 = _mapping(_read_config(folder / CONFIG).get("sha256")).get(name)
    return None if sha256 is None else _read_checked(folder / name, sha256)


def _read_config(path: Path) -> Mapping[str, object]:
    try:
        config = _mapping(json.loads(read_bytes(path)))
    except ValueError as error:
        raise ModelError(f"{path} is not readable JSON ({error}). {REINSTALL}") from error
    if config.get("format") != FORMAT or config.get("kind") != "static":
        raise ModelError(f"{path} describes no static model of format {FORMAT}. Update Mindgap.")
    return config


def _read_checked(path: Path, sha256: object) -> bytes:
    data = read_bytes(path)
    if _sha256(data) != sha256:
        raise ModelError(
            f"The model file {path} is damaged: its SHA-256 is not that of config.json. {REINSTALL}"
        )
    return data


def _table(arrays: Mapping[str, Array], config: Mapping[str, object], folder: Path) -> StaticTable:
    size, dimension = config.get("rows"), config.get("dimension")
    wanted: dict[str, tuple[tuple[object, ...], object]] = {
        "rows": ((size, dimension), np.int8),
        "scales": ((size,), np.float32),
        "unit_weights": ((size,), np.float32),
        "query_weights": ((size,), np.float32),
    }
    found = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    if found != wanted:
        raise ModelError(
            f"The table of the model in {folder} has other arrays than config.json says. {REINSTALL}"
        )
    return StaticTable(arrays["rows"], arrays["scales"], arrays["unit_weights"], arrays["query_weights"])


def _field_weights(values: Mapping[str, object], folder: Path) -> FieldWeights:
    numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
    if numbers.keys() != asdict(FieldWeights()).keys() or min(numbers.values()) < 0:
        raise ModelError(f"The field weights in {folder / CONFIG} are incomplete or negative. {REINSTALL}")
    return FieldWeights(**numbers)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
