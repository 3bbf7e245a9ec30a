"""Contrastive losses over a matrix of scores, and what makes them fit short and coarse vectors.

Row i of `scores` (b, m) holds the similarities of question i to m answers; its own answer is in column i.
`excluded` (b, m) marks answers that are no negatives because they are also right, such as a second question's
equal code; the own answer is never marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

Negatives = Literal["random", "batch", "hardest"]
Quantisation = Literal["int8", "bit"]


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Which loss, over which forms of the vectors."""

    kind: Literal["info-nce", "hinge"] = "info-nce"
    """`hinge` is the loss of the paper."""
    temperature: float = 0.05
    """Of InfoNCE: smaller looks harder at the most similar wrong answers."""
    symmetric: bool = True
    """InfoNCE from questions to answers and back."""
    margin: float = 0.2
    """Of the hinge: by how much the right answer must be more similar than a wrong one."""
    negatives: Negatives = "batch"
    """Of the hinge: one wrong answer by chance, all of the batch, or the most similar of the batch."""
    cosine: bool = True
    """Whether vectors of shortened width are normalised again; not for inner products."""
    widths: tuple[int, ...] = ()
    """Also train the first so many dimensions (Matryoshka)."""
    quantised: tuple[Quantisation, ...] = ()
    """Also train what the store keeps: int8 vectors, sign bits."""


def hinge(scores: Tensor, excluded: Tensor, margin: float, negatives: Negatives = "batch") -> Tensor:
    """Mean of max(0, margin - s(q, c+) + s(q, c-)) over the chosen wrong answers c-.

    With `random` each question has one wrong answer: its neighbour's in the shuffled batch.
    References: arXiv 2410.23437, section 3; F. Faghri et al., VSE++, 2018 (hardest negatives).
    """
    wrong = ~excluded & ~_own(scores)
    cost = (margin - scores.diagonal().unsqueeze(1) + scores).clamp(min=0) * wrong
    if negatives == "hardest":
        return cost.amax(dim=1).mean()
    if negatives == "random":
        size = len(scores)
        neighbours = (torch.arange(size) + 1) % size
        cost, wrong = (x.gather(1, neighbours.unsqueeze(1)) for x in (cost, wrong))
    return cost.sum() / wrong.sum().clamp(min=1)


def info_nce(scores: Tensor, excluded: Tensor, temperature: float) -> Tensor:
    """Mean of -log(exp(s(q, c+) / t) / sum over c of exp(s(q, c) / t)), c over the own and all wrong answers.

    References: A. van den Oord et al., Representation learning with contrastive predictive coding, 2018;
    with inner products and t = 1 the loss of V. Karpukhin et al., Dense passage retrieval, 2020.
    """
    logits = scores.masked_fill(excluded, float("-inf")) / temperature
    return cross_entropy(logits, torch.arange(len(scores)))


def contrastive_loss(queries: Tensor, codes: Tensor, excluded: Tensor, config: LossConfig) -> Tensor:
    """The loss of vectors (b, d) against (m, d), m >= b, averaged over widths and quantisations."""
    losses = [
        _loss(q @ c.T, excluded, config)
        for short_queries, short_codes in _shortened(queries, codes, config)
        for q, c in _coarsened(short_queries, short_codes, config)
    ]
    return torch.stack(losses).mean()


def int8_rows(x: Tensor) -> Tensor:
    """Rows of (n, d) as they come back from int8 with a scale per row; the gradient passes unchanged.

    Reference: Y. Bengio et al., Estimating or propagating gradients through stochastic neurons, 2013
    (straight-through estimator).
    """
    scale = x.detach().abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return _straight_through(x, torch.round(x.detach() / scale) * scale)


def sign_rows(x: Tensor) -> Tensor:
    """Rows of (n, d) as unit vectors of their signs, whose inner product is 1 - 2 hamming / d.

    Straight-through like `int8_rows`.
    """
    signs = torch.where(x.detach() > 0, 1.0, -1.0) / x.shape[1] ** 0.5
    return _straight_through(x, signs)


_QUANTISERS: dict[Quantisation, Callable[[Tensor], Tensor]] = {"int8": int8_rows, "bit": sign_rows}


def _loss(scores: Tensor, excluded: Tensor, config: LossConfig) -> Tensor:
    if config.kind == "hinge":
        return hinge(scores, excluded, config.margin, config.negatives)
    loss = info_nce(scores, excluded, config.temperature)
    if config.symmetric:
        size = len(scores)
        back = info_nce(scores[:, :size].T, excluded[:, :size].T, config.temperature)
        loss = (loss + back) / 2
    return loss


def _shortened(queries: Tensor, codes: Tensor, config: LossConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """The vectors at full and at each shorter width.

    Reference: A. Kusupati et al., Matryoshka representation learning, 2022.
    """
    yield queries, codes
    for width in config.widths:
        if width < queries.shape[1]:
            q, c = queries[:, :width], codes[:, :width]
            yield (normalize(q, dim=1), normalize(c, dim=1)) if config.cosine else (q, c)


def _coarsened(queries: Tensor, codes: Tensor, config: LossConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """The vectors as they are; questions as they are against answers as the store keeps them, bits both."""
    yield queries, codes
    for name in config.quantised:
        quantise = _QUANTISERS[name]
        yield (quantise(queries) if name == "bit" else queries), quantise(codes)


def _straight_through(x: Tensor, rounded: Tensor) -> Tensor:
    return x + (rounded - x.detach())


def _own(scores: Tensor) -> Tensor:
    return torch.eye(*scores.shape, dtype=torch.bool)
