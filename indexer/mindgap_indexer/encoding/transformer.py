"""The deep encoder: any sentence-transformers model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from mindgap_indexer.encoding.bases import INSTALL_HINT, locate_base
from mindgap_indexer.encoding.reading import RECIPE, passage_text, readable
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Passage


class SentenceModel(Protocol):
    """What is used of sentence_transformers.SentenceTransformer, which may not be installed."""

    max_seq_length: int | None

    def encode(self, inputs: Sequence[str], *, batch_size: int, show_progress_bar: bool) -> Float32:
        """Sentence embeddings (n, d)."""
        ...


def load_sentence_model(folder: Path, device: str | None = None) -> SentenceModel:
    """The sentence-transformers model of a folder."""
    try:
        library = import_module("sentence_transformers")
    except ImportError as error:
        raise ModelError(f"The model in {folder} needs sentence-transformers. {INSTALL_HINT}") from error
    # It would draw a bar over our own messages.
    import_module("transformers.utils.logging").disable_progress_bar()
    try:
        model: SentenceModel = library.SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"The model in {folder} cannot be loaded ({error}). It must be a sentence-transformers folder "
            "with its weights as safetensors."
        ) from error
    return model


class SentenceTransformerEncoder:
    """Encodes with a sentence-transformers model from a local folder or Hugging Face."""

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        device: str | None = None,
        max_tokens: int = 128,
        batch_size: int = 32,
    ) -> None:
        folder = locate_base(model, revision)
        self._model = load_sentence_model(folder, device)
        self._batch_size = batch_size
        self._max_tokens = min(max_tokens, self._model.max_seq_length or max_tokens)
        self._model.max_seq_length = self._max_tokens
        self._fingerprint = short_hash([str(RECIPE), str(self._max_tokens), *_file_hashes(folder)])
        self._dimension = int(self._run(["dimension"]).shape[1])

    @property
    def fingerprint(self) -> str:
        """Short hex name of weights, tokeniser, settings and recipe."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Width of the model's sentence embeddings."""
        return self._dimension

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        return self.encode_queries([passage_text(passage) for passage in passages])

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension), rows of length 1."""
        clean = readable(texts, self._max_tokens)
        return self._run(clean) if clean else np.zeros((0, self._dimension), np.float32)

    def _run(self, texts: Sequence[str]) -> Float32:
        vectors = self._model.encode(texts, batch_size=self._batch_size, show_progress_bar=False)
        return normalise(np.asarray(vectors, np.float32))


def _file_hashes(folder: Path) -> list[str]:
    """Name and hash of every file of a model that its vectors can depend on."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".json", ".txt", ".model"})
    hashes: list[str] = []
    for path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        hashes += [path.relative_to(folder).as_posix(), digest]
    return hashes
