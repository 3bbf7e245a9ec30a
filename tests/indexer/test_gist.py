from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer import ModelError
from mindgap_indexer.gist import (
    DEFAULT_GIST,
    MAX_CHARS,
    SIZE,
    Gist,
    Side,
    likeness,
    load_gist,
    to_bytes,
    tokens,
)

CODE = """
int main() {
  int n, best = 0;
  cin >> n;
  for (int i = 0; i < n; i++) {
    if (a[i] > best) best = a[i];
  }
  cout << best << endl;
  return 0;
}
"""
GREETING = 'def greet(name):\n    print("hello", name)\n'
# Without any name of the code.
ASKED = """
read x1
for x2 = 0 to x1 exclusive
    if x3[x2] is greater than x4, set x4 to x3[x2]
print x4
"""


def test_names_texts_and_long_numbers_are_like_any_other() -> None:
    assert tokens('if (count >= 10) show("a \\" b", 1000)') == [
        "if", "(", "count", ">=", "10", "show", "(", "S", "N",
    ]  # fmt: skip


def test_pseudocode_is_near_to_its_code_whatever_the_names_are() -> None:
    gist = load_gist()
    (asked,) = gist.words.vectors([ASKED])
    near, far, empty = likeness([*gist.of_code([CODE, GREETING]), bytes(SIZE)], asked)
    assert near > 0.4
    assert near > far + 0.3
    assert empty == 0


def test_renaming_changes_nothing() -> None:
    code = load_gist().code
    renamed = CODE.replace("best", "largest_so_far")
    first, second = code.vectors([CODE, renamed])
    assert first @ second == pytest.approx(1.0, abs=1e-6)


def test_texts_are_as_alone_as_together() -> None:
    code = load_gist().code
    texts = ["", CODE, "   ", GREETING, ""]
    together = code.vectors(texts)
    assert together == pytest.approx(np.concatenate([code.vectors([text]) for text in texts]), abs=1e-6)
    assert np.linalg.norm(together, axis=1) == pytest.approx([0, 1, 0, 1, 0], abs=1e-6)
    assert code.vectors([]).shape == (0, SIZE)


def test_only_the_beginning_of_a_giant_body_counts() -> None:
    code = load_gist().code
    beginning = "x += 1\n" * MAX_CHARS
    first, second = code.vectors([beginning, beginning + CODE])
    assert first == pytest.approx(second)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(3, SIZE)).astype(np.float32)
    side = Side(["V", "if"], np.array([[0, -1], [1, -1], [1, 0]], np.int16), rows)
    path = tmp_path / "gist.safetensors"
    path.write_bytes(to_bytes(Gist(side, side), {"pairs": 3}))
    read = load_gist(path)
    assert read.words.words == ("V", "if")
    assert read.code.vectors(["if x"]) == pytest.approx(side.vectors(["if x"]), abs=0.02)
    (row,) = side.vectors(["if x"])
    assert row @ rows.sum(axis=0) == pytest.approx(np.linalg.norm(rows.sum(axis=0)), rel=1e-5)


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gist.safetensors"
    side = Side(["V"], np.array([[0, -1]], np.int16), np.ones((1, SIZE + 1), np.float32))
    path.write_bytes(to_bytes(Gist(side, side), {}))
    with pytest.raises(ModelError, match="no gist of this version"):
        load_gist(path)


def test_a_changed_number_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gist.safetensors"
    data = bytearray(DEFAULT_GIST.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="it is damaged"):
        load_gist(path)
