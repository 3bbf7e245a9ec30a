"""The folder of an ONNX model: its settings and files, written, read and checked by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar, cast

from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.reading import RECIPE
from mindgap_indexer.encoding.tensors import REINSTALL, read_bytes, short_hash
from mindgap_indexer.errors import ModelError

FORMAT = 2
KIND = "onnx"

CONFIG, TOKENIZER, WORDS = "config.json", "tokenizer.json", "words.safetensors"
GRAPH, PROJECTION, CROSS = "model.onnx", "projection.safetensors", "cross.onnx"


@dataclass(frozen=True, slots=True)
class OnnxSettings:
    """What of a text the encoder reads."""

    dimension: int
    unit_tokens: int
    """Of a unit, so many tokens at most …"""
    query_tokens: int
    """… and of a query."""


@dataclass(frozen=True, slots=True)
class CrossSettings:
    """What the cross-encoder reads at once."""

    question_tokens: int
    """Of a question, so many word pieces at most …"""
    unit_tokens: int
    """… and of a unit."""


@dataclass(frozen=True, slots=True)
class CrossModel:
    """A cross-encoder over the word pieces of a sentence encoder."""

    graph: bytes
    """Takes the vectors (t, d) of word pieces, a question's before a unit's, and how many are the question's;
    gives a logit."""
    settings: CrossSettings


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """The contents of an ONNX model's folder, without its projection."""

    graph: bytes
    """Takes the vectors (t, d) of the word pieces of one text, gives its own (dimension,)."""
    words: bytes
    """A WordTable."""
    tokenizer: str
    """A tokeniser in the JSON of the tokenizers library."""
    settings: OnnxSettings
    cross: CrossModel | None = None

    @property
    def fingerprint(self) -> str:
        """Short hex name of everything that the vectors depend on."""
        settings = json.dumps(asdict(self.settings), sort_keys=True)
        files = (self.graph, self.words, self.tokenizer.encode())
        return short_hash([str(RECIPE), settings, *map(_hash, files)])


def write_onnx_model(folder: Path, model: OnnxModel, projection: Projection | None = None) -> None:
    """Write a model's folder; without a projection both sides pass unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = projection or Projection.identity(model.settings.dimension, model.fingerprint)
    heads.save(folder / PROJECTION)
    files = {GRAPH: model.graph, WORDS: model.words, TOKENIZER: model.tokenizer.encode()}
    config = {"format": FORMAT, "kind": KIND, "space": heads.space, "settings": asdict(model.settings)}
    if model.cross:
        files[CROSS] = model.cross.graph
        config["cross"] = asdict(model.cross.settings)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    config["sha256"] = {name: _hash((folder / name).read_bytes()) for name in (*files, PROJECTION)}
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8", newline="\n")


def read_onnx_model(folder: Path) -> tuple[OnnxModel, Projection]:
    """A model's contents and its heads; every file must have the hash that the settings name."""
    config = _config(folder)
    hashes = cast("Mapping[str, str]", config["sha256"])
    names = (GRAPH, WORDS, TOKENIZER, PROJECTION)
    graph, words, tokenizer, heads = (_checked(folder / name, hashes) for name in names)
    cross = None
    if "cross" in config:
        cross = CrossModel(_checked(folder / CROSS, hashes), _settings(CrossSettings, config["cross"]))
    settings = _settings(OnnxSettings, config.get("settings"))
    model = OnnxModel(graph, words, tokenizer.decode(), settings, cross)
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


_Settings = TypeVar("_Settings", OnnxSettings, CrossSettings)


def _settings(kind: type[_Settings], values: object) -> _Settings:
    try:
        return kind(**cast("dict[str, int]", values))
    except TypeError as error:
        raise ModelError(f"The settings of the ONNX model are incomplete ({error}). {REINSTALL}") from error


def _checked(path: Path, hashes: Mapping[str, str]) -> bytes:
    data = read_bytes(path)
    if _hash(data) != hashes.get(path.name):
        raise ModelError(f"{path} is not the file that belongs to this model: its hash differs. {REINSTALL}")
    return data


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
