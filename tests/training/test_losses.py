from __future__ import annotations

import math
from importlib import import_module
from typing import Any, TypeAlias

import pytest

pytest.importorskip("torch", reason="torch is not installed")

from mindgap_training.losses import LossConfig

pytestmark = pytest.mark.transformers
Tensor: TypeAlias = Any
torch: Any = import_module("torch")
losses: Any = import_module("mindgap_training.losses")
hinge, info_nce, contrastive_loss = losses.hinge, losses.info_nce, losses.contrastive_loss
int8_rows, sign_rows = losses.int8_rows, losses.sign_rows
SCORES = torch.tensor([[0.9, 0.8, 0.1], [0.3, 0.5, 0.45], [0.2, 0.0, 0.6]])
NONE = torch.zeros(3, 3, dtype=torch.bool)


def excluding(row: int, column: int) -> Tensor:
    marked = NONE.clone()
    marked[row, column] = True
    return marked


def test_hinge_counts_wrong_answers_within_the_margin() -> None:
    # margin - right + wrong: 0.1 for (0, 1), 0 for (1, 0), 0.15 for (1, 2); nothing else is positive.
    assert float(hinge(SCORES, NONE, 0.2, "batch")) == pytest.approx(0.25 / 6)
    assert float(hinge(SCORES, NONE, 0.2, "hardest")) == pytest.approx(0.25 / 3)
    assert float(hinge(SCORES, NONE, 0.2, "random")) == pytest.approx(0.25 / 3)


def test_hinge_ignores_answers_that_are_right_too() -> None:
    assert float(hinge(SCORES, excluding(0, 1), 0.2, "batch")) == pytest.approx(0.15 / 5)
    assert float(hinge(SCORES, excluding(1, 2), 0.2, "hardest")) == pytest.approx(0.1 / 3)


def test_info_nce_is_the_formula() -> None:
    expected = 0.0
    for i, row in enumerate(SCORES.tolist()):
        expected -= math.log(math.exp(row[i] / 0.5) / sum(math.exp(x / 0.5) for x in row))
    assert float(info_nce(SCORES, NONE, 0.5)) == pytest.approx(expected / 3, rel=1e-5)
    assert float(info_nce(SCORES, excluding(0, 1), 0.5)) < float(info_nce(SCORES, NONE, 0.5))


def test_symmetric_loss_looks_both_ways_and_extra_negatives_only_from_questions() -> None:
    queries, codes = torch.eye(3), torch.eye(3)[:, [0, 1, 2]] + 0.1
    wide = torch.cat([codes, torch.ones(2, 3)])
    excluded = torch.zeros(3, 5, dtype=torch.bool)
    one_way = contrastive_loss(queries, wide, excluded, LossConfig(symmetric=False))
    both = contrastive_loss(queries, wide, excluded, LossConfig(symmetric=True))
    back = info_nce((queries @ codes.T).T, NONE, 0.05)
    assert float(both) == pytest.approx((float(one_way) + float(back)) / 2, rel=1e-5)


def test_widths_and_quantisations_are_averaged() -> None:
    torch.manual_seed(0)
    queries, codes = (torch.nn.functional.normalize(torch.randn(3, 8), dim=1) for _ in range(2))
    plain = LossConfig()
    short = [torch.nn.functional.normalize(x[:, :4], dim=1) for x in (queries, codes)]
    expected = (contrastive_loss(queries, codes, NONE, plain) + contrastive_loss(*short, NONE, plain)) / 2
    found = contrastive_loss(queries, codes, NONE, LossConfig(widths=(4, 100)))
    assert float(found) == pytest.approx(float(expected))
    bits = contrastive_loss(sign_rows(queries), sign_rows(codes), NONE, plain)
    found = contrastive_loss(queries, codes, NONE, LossConfig(quantised=("bit",)))
    assert float(found) == pytest.approx(
        (float(contrastive_loss(queries, codes, NONE, plain)) + float(bits)) / 2
    )


def test_quantisers_round_forwards_and_pass_gradients_unchanged() -> None:
    x = torch.tensor([[0.5, -1.0, 0.301]], requires_grad=True)
    signs = sign_rows(x)
    assert signs.tolist()[0] == pytest.approx([3**-0.5, -(3**-0.5), 3**-0.5])
    signs.sum().backward()
    assert x.grad.tolist() == [[1, 1, 1]]
    rounded = (int8_rows(x) * 127).tolist()[0]
    assert rounded == pytest.approx([round(v) for v in rounded], abs=1e-4)
    assert rounded[1] == pytest.approx(-127)
