"""What code does step by step, whatever it calls things: a short vector, learned from pseudocode.

Of a text only the words that many packages share are read (`if`, `for each`, `+=`, `len`, 0), everything
else is a name like any other. How often each of them and each two of them in a row occur makes the vector;
code and pseudocode have tables of their own, which were trained so that pseudocode is near to its code.
`mindgap train gist` writes the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.tensors import (
    REINSTALL,
    Array,
    hash_arrays,
    pack,
    read_bytes,
    short_hash,
    unpack,
)
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32

DEFAULT_GIST = Path(__file__).parent / "models" / "gist-v1" / "gist.safetensors"
SIZE = 48
"""Numbers of a vector, and bytes of a stored one."""
MAX_CHARS = 4_000
"""Of a giant body, only the beginning is looked at."""
NAME = "V"
TEXT = "S"
NUMBER = "N"
"""What stands for every name, every quoted text and every number of more than two digits."""

_SCALE = 127
_TOKEN = re.compile(
    r""" "(?:\\.|[^"\\\n]){0,200}" | '(?:\\.|[^'\\\n]){0,200}'
    | \w+ | [-+*/%&|^<>=!?:.~@$]+ | [(\[] | \n\s* """,
    re.VERBOSE,
)
_MOST_REMEMBERED = 20_000

Int16 = npt.NDArray[np.int16]


def tokens(text: str) -> list[str]:
    """The words and signs of a text in order, names still as they are."""
    return [_normal(token) for token in _TOKEN.findall(text[:MAX_CHARS])]


def _normal(token: str) -> str:
    first = token[0]
    if first in "\"'":
        return TEXT
    if first == "\n":
        return "\n"
    if first.isdigit():
        return token if len(token) <= 2 else NUMBER
    return token.lower()


class _Numbers(dict[str, int]):
    """Numbers of tokens as the text has them; what is no known word has the number of a name."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self._words = {word: number for number, word in enumerate(words)}

    def __missing__(self, token: str) -> int:
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        number = self[token] = self._words.get(_normal(token), 0)
        return number


class Side:
    """How texts of one kind, code or pseudocode, become vectors."""

    def __init__(self, words: Sequence[str], features: Int16, rows: Float32) -> None:
        """`words` begin with NAME; `features` (f, 2) are two words in a row, or one and -1; `rows` (f, d)."""
        self.words = tuple(words)
        self.features = features
        self.rows = rows
        self._numbers = _Numbers(words)
        first, second = features.astype(np.int64).T
        alone = second < 0
        self._alone = np.full(len(words), -1, np.int64)
        self._alone[first[alone]] = np.flatnonzero(alone)
        self._pairs = np.full((len(words), len(words)), -1, np.int64)
        self._pairs[first[~alone], second[~alone]] = np.flatnonzero(~alone)

    def vectors(self, texts: Sequence[str]) -> Float32:
        """Unit rows (n, d); zeros for texts without any feature."""
        owners, features, counts = self.counted(texts)
        sums: Float32 = np.zeros((len(texts), self.rows.shape[1]), np.float32)
        if len(owners):
            starts = np.flatnonzero(np.diff(owners, prepend=-1))
            gains = np.log1p(counts).astype(np.float32)[:, None]
            sums[owners[starts]] = np.add.reduceat(self.rows[features] * gains, starts, axis=0)
        lengths: Float32 = np.linalg.norm(sums, axis=1, keepdims=True)
        lengths[lengths == 0] = 1.0
        rows: Float32 = sums / lengths
        return rows

    def counted(self, texts: Sequence[str]) -> tuple[Array, Array, Array]:
        """How often each feature occurs: numbers of texts in ascending order, of features, and counts."""
        number = self._numbers.__getitem__
        found = [list(map(number, _TOKEN.findall(text[:MAX_CHARS]))) for text in texts]
        flat = np.fromiter(chain.from_iterable(found), np.int64)
        owners = np.repeat(np.arange(len(texts)), [len(row) for row in found])
        in_row = owners[1:] == owners[:-1]
        features = np.concatenate([self._alone[flat], self._pairs[flat[:-1], flat[1:]][in_row]])
        owners = np.concatenate([owners, owners[1:][in_row]])
        known = features >= 0
        keys, counts = np.unique(owners[known] * len(self.features) + features[known], return_counts=True)
        return keys // len(self.features), keys % len(self.features), counts


@dataclass(frozen=True, slots=True)
class Gist:
    """The tables of both kinds of text."""

    code: Side
    words: Side
    """Of pseudocode."""

    def of_code(self, texts: Sequence[str]) -> list[bytes]:
        """What is stored of code, SIZE bytes each."""
        rows = np.round(self.code.vectors(texts) * _SCALE).astype(np.int8)
        return [row.tobytes() for row in rows]


def likeness(stored: Sequence[bytes], asked: Float32) -> Float32:
    """Cosine of what `of_code` made with a vector (d,): (n,)."""
    rows = np.frombuffer(b"".join(stored), np.int8).reshape(len(stored), SIZE)
    return rows.astype(np.float32) @ asked / np.float32(_SCALE)


def to_bytes(gist: Gist, provenance: Mapping[str, object]) -> bytes:
    """The file that `load_gist` reads, with where it comes from."""
    arrays: dict[str, Array] = {}
    for name, side in (("code", gist.code), ("words", gist.words)):
        scales: Float32 = np.abs(side.rows).max(axis=1) / np.float32(_SCALE)
        scales[scales == 0] = 1.0
        arrays[f"{name}.rows"] = np.round(side.rows / scales[:, None]).astype(np.int8)
        arrays[f"{name}.scales"] = scales
        arrays[f"{name}.features"] = side.features
    words = {"code": list(gist.code.words), "words": list(gist.words.words)}
    return pack(arrays, {"words": words, "provenance": provenance, "hash": _hash(arrays, words)})


@cache
def load_gist(path: Path = DEFAULT_GIST) -> Gist:
    """Read and check what `to_bytes` made."""
    arrays, metadata = unpack(read_bytes(path), path)
    try:
        words = cast("dict[str, list[str]]", metadata["words"])
        if metadata["hash"] != _hash(arrays, words):
            raise ValueError("it is damaged: its hash is not the one that it names")
        code, asked = (_side(words[name], arrays, name) for name in ("code", "words"))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ModelError(f"{path} is no gist of this version ({error}). {REINSTALL}") from error
    return Gist(code, asked)


def _hash(arrays: Mapping[str, Array], words: Mapping[str, Sequence[str]]) -> str:
    return short_hash([hash_arrays(arrays), json.dumps(words, sort_keys=True)])


def _side(words: Sequence[str], arrays: Mapping[str, Array], name: str) -> Side:
    rows = arrays[f"{name}.rows"].astype(np.float32) * arrays[f"{name}.scales"][:, None]
    if rows.shape[1] != SIZE:
        raise ValueError(f"vectors of {rows.shape[1]} numbers")
    return Side(words, arrays[f"{name}.features"].astype(np.int16), rows.astype(np.float32))
