"""Dense passage retrieval: the published encoders, and a dual encoder in its style trained on the same pairs.

Reference: V. Karpukhin et al., Dense passage retrieval for open-domain question answering, 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32
from mindgap_training.embeddings import Document
from mindgap_training.loop import TrainConfig
from mindgap_training.losses import LossConfig
from mindgap_training.model import HeadConfig

QUESTIONS = "facebook/dpr-question_encoder-single-nq-base"
PASSAGES = "facebook/dpr-ctx_encoder-single-nq-base"
_BATCH = 32
_TOKENS = 256


class PublishedDpr:
    """The encoders that were trained on Natural Questions: one for questions, one for passages."""

    def __init__(self, questions: str = QUESTIONS, passages: str = PASSAGES) -> None:
        self._questions = _Tower("DPRQuestionEncoder", questions)
        self._passages = _Tower("DPRContextEncoder", passages)

    def scores(self, queries: Sequence[str], documents: Sequence[Document]) -> Float32:
        """Inner products (q, c)."""
        found: Float32 = (
            self._questions.encode(queries)
            @ self._passages.encode([document.text for document in documents]).T
        )
        return found


class _Tower:
    """One BERT whose vector is that of the first token."""

    def __init__(self, architecture: str, model: str) -> None:
        try:
            library: Any = import_module("transformers")
            self._tokenizer = library.AutoTokenizer.from_pretrained(model)
            self._model = getattr(library, architecture).from_pretrained(model).eval()
        except (ImportError, OSError, ValueError) as error:
            raise ModelError(
                f"The DPR encoder {model} cannot be loaded. "
                "Check the connection, or give the path of a downloaded encoder."
            ) from error

    def encode(self, texts: Sequence[str]) -> Float32:
        """Vectors (n, d)."""
        return np.concatenate(list(self._batches(texts))).astype(np.float32)

    def _batches(self, texts: Sequence[str]) -> Iterator[Float32]:
        torch = import_module("torch")
        for at in range(0, len(texts), _BATCH):
            batch = self._tokenizer(
                list(texts[at : at + _BATCH]),
                padding=True,
                truncation=True,
                max_length=_TOKENS,
                return_tensors="pt",
            )
            with torch.no_grad():
                yield self._model(**batch).pooler_output.numpy()


def dpr_style(config: TrainConfig) -> tuple[HeadConfig, TrainConfig]:
    """The training of a dual encoder in the style of DPR over a frozen base.

    Two separate heads that start at random, inner products, softmax over the batch from questions to
    passages at temperature 1. Where the published encoders cannot be had, this stands in for them.
    """
    heads = HeadConfig(shared=False, start="random", normalise=False)
    return heads, replace(config, loss=LossConfig(temperature=1.0, symmetric=False, cosine=False))
