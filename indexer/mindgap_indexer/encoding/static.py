"""The instant encoder: a weighted sum of stored word vectors, numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.bags import BagMaker, Sums
from mindgap_indexer.encoding.static_model import TOKENIZER, StaticModel, read_static_model
from mindgap_indexer.encoding.tensors import REINSTALL
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Passage


class StaticEncoder:
    """Sums the vectors of a text's sub-words, each weighted by its rarity, its count and its field."""

    def __init__(self, model: StaticModel) -> None:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(model.tokenizer)
        except Exception as error:  # the library raises bare exceptions
            raise ModelError(f"The model's {TOKENIZER} cannot be read ({error}). {REINSTALL}") from error
        table = model.table
        if tokenizer.get_vocab_size() > len(table.rows):
            raise ModelError(f"The model's {TOKENIZER} has more words than its table. {REINSTALL}")
        self.bags = BagMaker(tokenizer)
        self.table = table
        # int8 in memory as on disk: a quarter of the memory, and the sum takes a tenth longer.
        self._rows = table.rows
        self._unit_weights = table.scales * table.unit_weights
        self._query_weights = table.scales * table.query_weights
        self._fields = model.field_weights
        self._fingerprint = model.fingerprint

    @classmethod
    def from_folder(cls, folder: Path) -> StaticEncoder:
        """The encoder of a static model's folder."""
        return cls(read_static_model(folder)[0])

    @property
    def fingerprint(self) -> str:
        """Short hex name of table, tokeniser, field weights and recipe."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Width of the word vectors."""
        return int(self._rows.shape[1])

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        """Base embeddings (n, dimension); rows have length 1, or 0 without any known word."""
        fields = [self._fields.weigh(passage) for passage in passages]
        return self._sum(self.bags.bags(fields), self._unit_weights)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """Base embeddings (n, dimension); rows have length 1, or 0 without any known word."""
        return self._sum(self.bags.bags([[(text, 1.0)] for text in texts]), self._query_weights)

    def _sum(self, bags: Sums, weights: Float32) -> Float32:
        # One small product per text stays in the processor's cache: five times as fast as one large
        # gather over the batch, and a text's vector does not depend on its neighbours.
        out = np.zeros((len(bags.starts) - 1, self.dimension), np.float32)
        for row, (ids, counts) in zip(out, bags, strict=True):
            np.matmul(counts * weights[ids], self._rows[ids].astype(np.float32), out=row)
        return normalise(out)
