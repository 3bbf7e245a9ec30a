"""BERT in torch, so that its upper layers can be trained, and the sentence encoder that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mindgap_indexer.types import Float32
from mindgap_training.deep.bert import Bert
from mindgap_training.torch_seam import array, tensor

TokenIds = Sequence[Sequence[int]]
"""The token ids of several texts, marks included."""

_CHUNK = 32
"""Texts of like length that are computed at once: so little is padded."""

_UNSEEN = -1e4
"""Added to the score of padding: its weight is zero then, also in half the bits."""


class TrainedBert(nn.Module):
    """Vectors of tokens; embeddings and lower layers stay as they are."""

    def __init__(self, bert: Bert, trained_layers: int) -> None:
        super().__init__()
        self._bert = bert
        self._first_trained = max(0, bert.shape.layers - trained_layers)
        self.trained = nn.ParameterDict()
        self._fixed: dict[str, Tensor] = {}
        # In order, because an optimiser knows parameters by number and a file gives them in any order.
        for name, weight in sorted(bert.weights.items()):
            if self._is_trained(name):
                self.trained[_key(name)] = nn.Parameter(tensor(weight.copy()))
            else:
                self._fixed[name] = tensor(weight)

    def trained_weights(self) -> Mapping[str, Float32]:
        """The weights that training changes, by their names in the model."""
        return {name: array(value) for name, value in self._trained_items()}

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Put back what `trained_weights` gave."""
        with torch.no_grad():
            for name, parameter in self._trained_items():
                parameter.copy_(weights[name])

    def _trained_items(self) -> Iterator[tuple[str, Tensor]]:
        for key, value in self.trained.items():
            yield key.replace("/", "."), value

    def _is_trained(self, name: str) -> bool:
        parts = name.split(".")
        return parts[:2] == ["encoder", "layer"] and int(parts[2]) >= self._first_trained

    def _weight(self, name: str) -> Tensor:
        return self.trained[_key(name)] if self._is_trained(name) else self._fixed[name]

    def _states(self, ids: Tensor, seen: Tensor, segments: Tensor | int = 0) -> Tensor:
        """The last layer's vectors (n, t, d) of token ids (n, t); `seen` (n, t) is false for padding."""
        with torch.no_grad():
            x = self._embed(ids, segments)
            for layer in range(self._first_trained):
                x = self._layer(x, seen, layer)
        for layer in range(self._first_trained, self._bert.shape.layers):
            x = self._layer(x, seen, layer)
        return x

    def _embed(self, ids: Tensor, segments: Tensor | int) -> Tensor:
        words = self._weight("embeddings.word_embeddings.weight")[ids]
        places = self._weight("embeddings.position_embeddings.weight")[: ids.shape[1]]
        segment = self._weight("embeddings.token_type_embeddings.weight")[segments]
        return self._normalise(words + places + segment, "embeddings.LayerNorm")

    def _layer(self, x: Tensor, seen: Tensor, number: int) -> Tensor:
        name = f"encoder.layer.{number}"
        attended = self._linear(
            self._attend(x, seen, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        x = self._normalise(attended + x, f"{name}.attention.output.LayerNorm")
        hidden = functional.gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._normalise(self._linear(hidden, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")

    def _attend(self, x: Tensor, seen: Tensor, name: str) -> Tensor:
        # Written out: the gradient of torch's own fused attention takes half of a step on a CPU.
        texts, tokens, width = x.shape
        heads = self._bert.shape.heads
        shape = (texts, tokens, heads, width // heads)
        query, key, value = (
            self._linear(x, f"{name}.{part}").view(shape).transpose(1, 2).reshape(-1, tokens, shape[-1])
            for part in ("query", "key", "value")
        )
        hidden = torch.zeros(texts, 1, tokens, dtype=query.dtype).masked_fill(~seen[:, None], _UNSEEN)
        mask = hidden.expand(texts, heads * tokens, tokens).reshape(-1, tokens, tokens)
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=shape[-1] ** -0.5)
        mixed = torch.bmm(scores.softmax(-1).to(value.dtype), value)
        return mixed.view(texts, heads, tokens, -1).transpose(1, 2).reshape(texts, tokens, width)

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._weight(f"{name}.weight"), self._weight(f"{name}.bias"))

    def _normalise(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return functional.layer_norm(x, weight.shape, weight, bias, self._bert.shape.epsilon)


class SentenceBert(TrainedBert):
    """Mean of token vectors, scaled to length 1."""

    def forward(self, texts: TokenIds) -> Tensor:
        """Vectors (n, d) of length 1, in the order of the texts."""
        return in_chunks([len(text) for text in texts], lambda chunk: self._encode([texts[i] for i in chunk]))

    def vectors(self, texts: TokenIds) -> Float32:
        """The same without gradients, as numpy."""
        with torch.no_grad():
            return array(self(texts))

    def _encode(self, texts: TokenIds) -> Tensor:
        ids, lengths = pad(texts)
        seen = up_to(lengths, ids.shape[1])
        x = self._states(ids, seen)
        return functional.normalize((x * seen[:, :, None]).sum(1) / lengths[:, None], dim=1)


def in_chunks(lengths: Sequence[int], compute: Callable[[Sequence[int]], Tensor]) -> Tensor:
    """A row for each text, as `compute` gives them for the places of some: those of like length at once."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    chunks = [order[at : at + _CHUNK] for at in range(0, len(order), _CHUNK)]
    rows = torch.cat([compute(chunk) for chunk in chunks])
    places = torch.empty(len(order), dtype=torch.long)
    places[torch.tensor(order)] = torch.arange(len(order))
    return rows[places]


def pad(texts: TokenIds) -> tuple[Tensor, Tensor]:
    """The ids (n, t), with zeros behind shorter texts, and the lengths (n,)."""
    lengths = torch.tensor([len(text) for text in texts])
    longest = int(lengths.max())
    return torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts]), lengths


def up_to(lengths: Tensor, width: int) -> Tensor:
    """(n, width): true for as many of the first places as each length (n,) says."""
    return torch.arange(width)[None] < lengths[:, None]


def _key(name: str) -> str:
    """Parameters cannot have dots in their names."""
    return name.replace(".", "/")
