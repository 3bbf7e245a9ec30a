"""Deep vectors are kept between runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.quality.deep_vectors import KeepingEncoder, keeping

from mindgap_indexer.types import Float32, Passage
from tests.fakes import HashEncoder, hash_model


class CountingEncoder(HashEncoder):
    """Counts the passages that it is asked for."""

    count = 0

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        self.count += len(passages)
        return super().encode_units(passages)


def make_passage(name: str, body: str = "") -> Passage:
    return Passage(name=name, qualname=name, signature=f"{name}()", doc="", body=body)


def test_no_passage_is_encoded_twice_even_by_another_run(tmp_path: Path) -> None:
    passages = [make_passage("one"), make_passage("two"), make_passage("one")]
    first, second = CountingEncoder(), CountingEncoder()
    expected = HashEncoder().encode_units(passages)
    np.testing.assert_array_equal(KeepingEncoder(first, tmp_path).encode_units(passages), expected)
    more = [*passages, make_passage("one", "body")]
    np.testing.assert_array_equal(KeepingEncoder(second, tmp_path).encode_units(more)[:3], expected)
    assert (first.count, second.count) == (2, 1)


def test_another_encoder_has_a_file_of_its_own(tmp_path: Path) -> None:
    passages = [make_passage("one")]
    KeepingEncoder(HashEncoder(seed=1), tmp_path).encode_units(passages)
    other = HashEncoder(seed=2)
    np.testing.assert_array_equal(
        KeepingEncoder(other, tmp_path).encode_units(passages), other.encode_units(passages)
    )


def test_a_keeping_model_is_the_same_model(tmp_path: Path) -> None:
    model = hash_model()
    assert keeping(model, tmp_path).fingerprint == model.fingerprint
