"""The folder of an ONNX encoder: its settings and files, written, read and checked by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.reading import RECIPE
from mindgap_indexer.encoding.tensors import REINSTALL, read_bytes, short_hash
from mindgap_indexer.errors import ModelError

FORMAT = 1
KIND = "onnx"

CONFIG, GRAPH, TOKENIZER, PROJECTION = "config.json", "model.onnx", "tokenizer.json", "projection.safetensors"


@dataclass(frozen=True, slots=True)
class OnnxSettings:
    """What of a text the encoder reads."""

    dimension: int
    unit_tokens: int
    """Of a unit, so many tokens at most …"""
    query_tokens: int
    """… and of a query."""


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """The contents of an ONNX encoder's folder, without its projection."""

    graph: bytes
    """Takes the token ids (t,) of one text, gives its vector (dimension,)."""
    tokenizer: str
    """A tokeniser in the JSON of the tokenizers library."""
    settings: OnnxSettings

    @property
    def fingerprint(self) -> str:
        """Short hex name of everything that the vectors depend on."""
        return _fingerprint(self.settings, _hash(self.graph), _hash(self.tokenizer.encode()))


def write_onnx_model(folder: Path, model: OnnxModel, projection: Projection | None = None) -> None:
    """Write a model's folder; without a projection both sides pass unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = projection or Projection.identity(model.settings.dimension, model.fingerprint)
    (folder / GRAPH).write_bytes(model.graph)
    (folder / TOKENIZER).write_bytes(model.tokenizer.encode())
    heads.save(folder / PROJECTION)
    config = {
        "format": FORMAT,
        "kind": KIND,
        "space": heads.space,
        "settings": asdict(model.settings),
        "sha256": {name: _hash((folder / name).read_bytes()) for name in (GRAPH, TOKENIZER, PROJECTION)},
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8", newline="\n")


def read_onnx_model(folder: Path) -> tuple[OnnxModel, Projection]:
    """A model's contents and its heads; every file must have the hash that the settings name."""
    config = _config(folder)
    hashes = cast("Mapping[str, str]", config["sha256"])
    graph, tokenizer, heads = (_checked(folder / name, hashes) for name in (GRAPH, TOKENIZER, PROJECTION))
    model = OnnxModel(graph, tokenizer.decode(), _settings(config))
    return model, Projection.from_bytes(heads, folder / PROJECTION)


def is_onnx_model(folder: Path) -> bool:
    """Whether a folder holds an ONNX encoder in this form."""
    return stored_space(folder) is not None


def stored_space(folder: Path) -> str | None:
    """The fingerprint that vectors of a folder's model have, as its settings tell it; None if they do not."""
    try:
        return str(_config(folder)["space"])
    except (ModelError, KeyError):
        return None


def _config(folder: Path) -> Mapping[str, object]:
    path = folder / CONFIG
    try:
        config = cast("object", json.loads(read_bytes(path)))
    except ValueError as error:
        raise ModelError(f"{path} is damaged ({error}). {REINSTALL}") from error
    known = cast("dict[str, object]", config) if isinstance(config, dict) else {}
    if (known.get("format"), known.get("kind")) != (FORMAT, KIND):
        raise ModelError(f"{path} describes no ONNX model that this version reads. Update Mindgap.")
    if not isinstance(known.get("sha256"), dict):
        raise ModelError(f"{path} names no hashes of its files. {REINSTALL}")
    return known


def _settings(config: Mapping[str, object]) -> OnnxSettings:
    values = config.get("settings")
    try:
        return OnnxSettings(**cast("dict[str, int]", values))
    except TypeError as error:
        raise ModelError(f"The settings of the ONNX model are incomplete ({error}). {REINSTALL}") from error


def _checked(path: Path, hashes: Mapping[str, str]) -> bytes:
    data = read_bytes(path)
    if _hash(data) != hashes.get(path.name):
        raise ModelError(f"{path} is not the file that belongs to this model: its hash differs. {REINSTALL}")
    return data


def _fingerprint(settings: OnnxSettings, graph: str, tokenizer: str) -> str:
    return short_hash([str(RECIPE), json.dumps(asdict(settings), sort_keys=True), graph, tokenizer])


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
