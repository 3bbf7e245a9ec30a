from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from mindgap_training.configuration import override
from mindgap_training.errors import TrainingError
from mindgap_training.experiments.manifest import CellSettings
from mindgap_training.experiments.searching import search_with_base, search_with_projection
from mindgap_training.pairs import Pair
from mindgap_training.retrieval import RetrievalSet, retrieval_set
from tests.fakes import make_tiny_model
from tests.training.model_helpers import foreign_pairs

pytestmark = pytest.mark.transformers
COMPONENTS = ("indexer", "server", "training")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> RetrievalSet:
    """Functions whose words the tiny base does not know, asked in words that it knows."""
    # The command that is run must be the code that is tested.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(ROOT / name) for name in COMPONENTS))

    def as_function(pair: Pair) -> Pair:
        body = "".join(f"    {word}()\n" for word in pair.code.split()[:-1])
        return replace(pair, code=f"def f{pair.id.replace('-', '_')}():\n{body}", language="python")

    train, dev = (list(map(as_function, foreign_pairs(n, n))) for n in (160, 24))
    return retrieval_set("made", train, dev)


@pytest.fixture
def settings(tmp_path: Path) -> CellSettings:
    base = make_tiny_model(tmp_path / "base")
    changes = {"base": str(base), "loop.steps": 120, "loop.batch": 32, "heads.shared": False}
    return override(CellSettings(), {**changes, "loop.learning_rate": 3e-3})


def test_an_exported_projection_is_loaded_rebuilds_and_finds_more(
    task: RetrievalSet, settings: CellSettings, tmp_path: Path
) -> None:
    """Both share one folder, hence one index: what the base encoded must be encoded again."""
    before = search_with_base(task, settings, tmp_path)
    after = search_with_projection(task, settings, tmp_path)
    assert before.fingerprint != after.fingerprint
    assert before.units_encoded == after.units_encoded == len(task.documents)
    assert len(after.reciprocal_ranks) == len(task.queries)
    assert np.mean(after.reciprocal_ranks) > np.mean(before.reciprocal_ranks)
    again = search_with_base(task, settings, tmp_path)
    assert again.fingerprint == before.fingerprint
    np.testing.assert_array_equal(again.reciprocal_ranks, before.reciprocal_ranks)


def test_what_the_command_says_is_passed_on(
    task: RetrievalSet, settings: CellSettings, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=r"(?s)mindgap index failed: .*nothing-here"):
        search_with_base(task, replace(settings, base="nobody/nothing-here"), tmp_path)
