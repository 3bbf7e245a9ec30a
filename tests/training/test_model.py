from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from mindgap_indexer.encoding import Projection
from mindgap_training.errors import TrainingError
from mindgap_training.model import HeadConfig, HeadKind, Heads, parameter_count

pytestmark = pytest.mark.transformers
torch: Any = import_module("torch")
X = np.random.default_rng(0).standard_normal((5, 12)).astype(np.float32)
UNIT = X / np.linalg.norm(X, axis=1, keepdims=True)


def shaken(config: HeadConfig) -> Heads:
    """Heads with other weights than those they start with."""
    heads = Heads(12, config)
    with torch.no_grad():
        for parameter in heads.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return heads


@pytest.mark.parametrize("kind", ["linear", "residual-mlp"])
def test_heads_start_as_the_identity(kind: HeadKind) -> None:
    heads = Heads(12, HeadConfig(kind))
    np.testing.assert_allclose(heads.project_queries(X), UNIT, atol=1e-6)
    np.testing.assert_allclose(heads.project_units(X), UNIT, atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [HeadConfig(shared=False), HeadConfig(output=8), HeadConfig("residual-mlp", hidden=20, shared=False)],
)
def test_indexer_projects_as_torch_does(config: HeadConfig, tmp_path: Path) -> None:
    heads = shaken(config)
    heads.to_projection("base").save(tmp_path / "p.safetensors")
    projection = Projection.load(tmp_path / "p.safetensors")
    assert projection.base == "base"
    np.testing.assert_allclose(projection.project_queries(X), heads.project_queries(X), atol=1e-5)
    np.testing.assert_allclose(projection.project_units(X), heads.project_units(X), atol=1e-5)


def test_shared_heads_are_one_and_separate_are_two() -> None:
    shared, separate = Heads(12, HeadConfig()), Heads(12, HeadConfig(shared=False))
    assert parameter_count(separate) == 2 * parameter_count(shared) == 2 * (12 * 12 + 12)


def test_dropout_is_for_training_only() -> None:
    heads = shaken(HeadConfig("residual-mlp", dropout=0.5))
    heads.train()
    first, second = (heads(torch.from_numpy(X), torch.from_numpy(X))[0] for _ in range(2))
    assert not torch.equal(first, second)
    np.testing.assert_array_equal(heads.project_queries(X), heads.project_queries(X))


def test_impossible_heads_are_refused() -> None:
    with pytest.raises(TrainingError, match="Only linear heads"):
        HeadConfig("residual-mlp", output=8)
    with pytest.raises(TrainingError, match="cannot be built"):
        HeadConfig(dropout=1.0)
    with pytest.raises(TrainingError, match="one hidden layer"):
        Heads(12, HeadConfig("residual-mlp", depth=2)).to_projection("base")
