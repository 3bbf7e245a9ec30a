"""A cross-encoder in torch: it reads a question and a unit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from mindgap_training.deep.bert import Bert
from mindgap_training.deep.cross_head import BIAS, MEAN, PRODUCT, start_head
from mindgap_training.deep.torch_bert import TrainedBert, in_chunks, pad, up_to

IdPair = tuple[Sequence[int], Sequence[int]]
"""The token ids of a question and of a unit, marks included."""


class CrossBert(TrainedBert):
    """A logit of how likely a unit answers a question; all layers and the head are trained.

    It goes on from the head among the BERT's weights, or starts with a new one.
    """

    def __init__(self, bert: Bert) -> None:
        weights = {**start_head(bert.dimension), **bert.weights}
        super().__init__(replace(bert, weights=weights), bert.shape.layers)

    def forward(self, pairs: Sequence[IdPair]) -> Tensor:
        """Logits (n,), in the order of the pairs."""
        lengths = [len(question) + len(unit) for question, unit in pairs]
        return in_chunks(lengths, lambda chunk: self._logits([pairs[i] for i in chunk]))

    def _is_trained(self, name: str) -> bool:
        return name in (PRODUCT, MEAN, BIAS) or super()._is_trained(name)

    def _logits(self, pairs: Sequence[IdPair]) -> Tensor:
        # The question's end mark stands where the unit's start mark would.
        ids, lengths = pad([[*question, *unit[1:]] for question, unit in pairs])
        seen = up_to(lengths, ids.shape[1])
        of_question = up_to(torch.tensor([len(question) for question, _ in pairs]), ids.shape[1])
        of_unit = seen & ~of_question
        x = self._states(ids, seen, of_unit.long())
        question, unit, whole = (
            functional.normalize((x * mask[:, :, None]).sum(1), dim=1)
            for mask in (of_question, of_unit, seen)
        )
        parts = question * unit * self._weight(PRODUCT) + whole * self._weight(MEAN)
        return parts.sum(1) + self._weight(BIAS)
