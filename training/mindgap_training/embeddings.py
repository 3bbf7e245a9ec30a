"""Frozen bases: encoders whose vectors are computed once and kept on disk, so that heads train in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from mindgap_indexer.encoding import Encoder
from mindgap_indexer.encoding.model import load_encoder
from mindgap_indexer.languages.table import by_name
from mindgap_indexer.parsing.source import parse_source
from mindgap_indexer.paths import home
from mindgap_indexer.types import CALLABLE, CancelCheck, Float32, Passage, ProgressCallback
from mindgap_training.progress import never, no_progress, step
from mindgap_training.vector_cache import Key, VectorCache

_CHUNK = 1_024
"""Texts between two writes of the cache: what a kill can cost."""

T = TypeVar("T")
Reading = Literal["text", "unit"]
"""How a base reads code: as plain text, or by name, signature, doc and body, as the indexer does."""


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that can be found: code, or a sentence of another natural language."""

    text: str
    language: str = ""
    """Name as in the indexer's language table, or an ISO code for natural languages."""


class FrozenBase:
    """Encodes through a cache on disk; equal texts are encoded once in a lifetime."""

    def __init__(
        self,
        encoder: Encoder,
        cache: VectorCache,
        reading: Reading = "text",
        progress: ProgressCallback = no_progress,
        cancelled: CancelCheck = never,
    ) -> None:
        self.encoder = encoder
        self.reading: Reading = reading
        self._cache = cache
        self._progress, self._cancelled = progress, cancelled

    @property
    def fingerprint(self) -> str:
        """Short hex name of the encoder; heads are trained for it."""
        return self.encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Width of the base vectors."""
        return self.encoder.dimension

    def queries(self, texts: Sequence[str]) -> Float32:
        """Base vectors (n, dimension) of questions."""
        return self._through_cache("query", texts, texts, self.encoder.encode_queries)

    def documents(self, documents: Sequence[Document]) -> Float32:
        """Base vectors (n, dimension) of answers; sentences of natural languages are read like questions."""
        out = np.zeros((len(documents), self.dimension), np.float32)
        code = [i for i, document in enumerate(documents) if is_code(document.language)]
        prose = sorted(set(range(len(documents))).difference(code))
        out[prose] = self.queries([documents[i].text for i in prose])
        passages = [_passage(documents[i], self.reading) for i in code]
        texts = [f"{documents[i].language}\n{documents[i].text}" for i in code]
        out[code] = self._through_cache(f"code:{self.reading}", texts, passages, self.encoder.encode_units)
        return out

    def _through_cache(
        self, side: str, texts: Sequence[str], inputs: Sequence[T], encode: Callable[[Sequence[T]], Float32]
    ) -> Float32:
        keys = [_key(side, text) for text in texts]
        missing = {key: i for i, key in enumerate(keys) if key not in self._cache}
        # Texts of like length share a batch: no time goes into padding.
        order = sorted(missing.values(), key=lambda i: len(texts[i]))
        for at in range(0, len(order), _CHUNK):
            step("encode", at, len(order), self._progress, self._cancelled)
            chunk = order[at : at + _CHUNK]
            self._cache.add([keys[i] for i in chunk], encode([inputs[i] for i in chunk]))
        if order:
            step("encode", len(order), len(order), self._progress, never)
        return self._cache.get(keys, self.dimension)


def load_base(
    name: str,
    *,
    revision: str | None = None,
    reading: Reading = "text",
    max_tokens: int = 128,
    cache: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> FrozenBase:
    """A base by name: `static` (the shipped model), a static model's folder, or a sentence-transformers one.

    Always in float32: bfloat16 is faster on some processors, but figures would depend on the machine.
    """
    encoder = load_encoder(name, revision, max_tokens)
    place = (cache or default_cache()) / encoder.fingerprint
    return FrozenBase(encoder, VectorCache(place), reading, progress, cancelled)


def default_cache() -> Path:
    """Where base vectors are kept if nothing else is said."""
    return home() / "training" / "vectors"


def parse_passage(document: Document) -> Passage:
    """What the indexer would encode of a document's first function, or of all of it if it holds none."""
    if not is_code(document.language):
        return Passage("", "", "", "", document.text, document.language)
    source = document.text.encode("utf-8", "replace")
    units = parse_source(source, by_name(document.language), "").units
    unit = next((unit for unit in units if unit.kind in CALLABLE), units[0] if len(units) == 1 else None)
    if unit is None:
        return Passage("", "", "", "", document.text, document.language)
    return Passage(unit.name, unit.qualname, unit.signature, unit.doc, unit.body, unit.language)


def _passage(document: Document, reading: Reading) -> Passage:
    if reading == "unit":
        return parse_passage(document)
    return Passage("", "", "", "", document.text, document.language)


def is_code(language: str) -> bool:
    """Whether the indexer knows the language as one that programs are written in."""
    try:
        return bool(by_name(language))
    except KeyError:
        return False


def _key(side: str, text: str) -> Key:
    return hashlib.blake2b(f"{side}\n{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
