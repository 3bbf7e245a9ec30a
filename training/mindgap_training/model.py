"""The projection that is trained: a head for questions and one for answers over frozen base vectors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from mindgap_indexer.encoding import Projection
from mindgap_indexer.types import Float32
from mindgap_training.errors import TrainingError
from mindgap_training.torch_seam import array, tensor

HeadKind = Literal["linear", "residual-mlp"]


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """The shape of the heads."""

    kind: HeadKind = "linear"
    """`residual-mlp` is the adapter of the paper (arXiv 2410.23437): x + W2 relu(W1 x)."""
    shared: bool = True
    """One head for both sides; two heads need many pairs before they gain anything."""
    output: int = 0
    """Width of the shared space, 0 for the base's own; only linear heads can change it."""
    hidden: int = 512
    """Width of a residual head's hidden layers."""
    depth: int = 1
    """Number of a residual head's hidden layers; the indexer reads heads with one."""
    dropout: float = 0.1
    """Share of a residual head's hidden units that are left out of each training step."""
    noise: float = 0.0
    """Length of a random vector that is added to each base vector (of length 1) in training."""
    start: Literal["identity", "random"] = "identity"
    """With `identity` training begins at the base's own vectors and need not find them again."""
    normalise: bool = True
    """Compare by cosine. Dense passage retrieval compares by inner product instead."""

    def __post_init__(self) -> None:
        if self.output and self.kind != "linear":
            raise TrainingError("Only linear heads can change the width. Set output to 0, or kind to linear.")
        if min(self.hidden, self.depth) < 1 or self.output < 0 or not 0 <= self.dropout < 1:
            raise TrainingError(f"These heads cannot be built: {self}. Widths and depth must be positive.")


class LinearHead(nn.Module):
    """x W^T + b, with W kept as what it adds to the identity: weight decay then pulls towards the base."""

    def __init__(self, dimension: int, output: int, start: str) -> None:
        super().__init__()
        self.register_buffer("origin", torch.eye(output, dimension) * float(start == "identity"))
        self.change = nn.Parameter(torch.zeros(output, dimension))
        self.bias = nn.Parameter(torch.zeros(output))
        if start == "random":
            nn.init.xavier_uniform_(self.change)

    @property
    def weight(self) -> Tensor:
        """The whole matrix (output, dimension)."""
        return self.get_buffer("origin") + self.change

    def forward(self, x: Tensor) -> Tensor:
        """Base vectors (n, dimension) to (n, output)."""
        return x @ self.weight.T + self.bias


class ResidualHead(nn.Module):
    """x + MLP(x); the last layer starts at zero, so the head starts as the identity.

    Reference: N. Houlsby et al., Parameter-efficient transfer learning for NLP, 2019 (adapter modules).
    """

    def __init__(self, dimension: int, config: HeadConfig) -> None:
        super().__init__()
        widths = [dimension, *[config.hidden] * config.depth]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.output = nn.Linear(config.hidden, dimension)
        self.dropout = nn.Dropout(config.dropout)
        if config.start == "identity":
            nn.init.zeros_(self.output.weight)
            nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Base vectors (n, dimension) to (n, dimension)."""
        hidden = x
        for layer in self.hidden:
            hidden = self.dropout(torch.relu(layer(hidden)))
        moved: Tensor = x + self.output(hidden)
        return moved


class Heads(nn.Module):
    """Both heads; with `shared` they are one."""

    def __init__(self, dimension: int, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dimension = dimension
        self.query = _head(dimension, config)
        self.code = self.query if config.shared else _head(dimension, config)

    def forward(self, queries: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Base vectors of questions (n, dimension) and answers (m, dimension) in the shared space."""
        return self._finish(self.query(queries)), self._finish(self.code(codes))

    def project_queries(self, x: Float32) -> Float32:
        """Base vectors of questions (n, dimension) in the shared space (n, output)."""
        return self._project(self.query, x)

    def project_units(self, x: Float32) -> Float32:
        """Base vectors of answers (n, dimension) in the shared space (n, output)."""
        return self._project(self.code, x)

    def to_projection(self, base: str) -> Projection:
        """The heads as the indexer reads them; `base` is the fingerprint of the encoder below."""
        if self.config.depth != 1 and self.config.kind == "residual-mlp":
            raise TrainingError("The indexer reads residual heads of one hidden layer. Train with depth 1.")
        return Projection(
            self.config.kind, base, self.dimension, head_weights(self.query), head_weights(self.code)
        )

    def _finish(self, x: Tensor) -> Tensor:
        return nn.functional.normalize(x, dim=1) if self.config.normalise else x

    def _project(self, head: nn.Module, x: Float32) -> Float32:
        self.eval()
        with torch.no_grad():
            projected: Float32 = array(self._finish(head(tensor(x))))
        return projected


def parameter_count(module: nn.Module) -> int:
    """Number of trained values."""
    return sum(parameter.numel() for parameter in module.parameters())


def head_weights(head: nn.Module) -> dict[str, Float32]:
    """A head's weights by the names of the projection file."""
    if isinstance(head, LinearHead):
        tensors = {"weight": head.weight, "bias": head.bias}
    else:
        tensors = {name.replace("hidden.0.", "hidden."): value for name, value in head.named_parameters()}
    return {name: array(value) for name, value in tensors.items()}


def _head(dimension: int, config: HeadConfig) -> nn.Module:
    if config.kind == "linear":
        return LinearHead(dimension, config.output or dimension, config.start)
    return ResidualHead(dimension, config)
