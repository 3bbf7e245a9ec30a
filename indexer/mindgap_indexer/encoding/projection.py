"""The trained heads behind an encoder that bring questions and code into one space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mindgap_indexer.encoding.tensors import hash_arrays, pack, read_bytes, short_hash, unpack
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32

FORMAT = 1

Weights = Mapping[str, Float32]


def _identity(x: Float32, _: Weights) -> Float32:
    return x


def _linear(x: Float32, w: Weights) -> Float32:
    return _product(x, w["weight"]) + w["bias"]


def _residual_mlp(x: Float32, w: Weights) -> Float32:
    hidden: Float32 = (_product(x, w["hidden.weight"]) + w["hidden.bias"]).clip(min=0)
    correction: Float32 = _product(hidden, w["output.weight"]) + w["output.bias"]
    return x + correction


def _product(x: Float32, weight: Float32) -> Float32:
    """`x @ weight.T`, in which a row does not depend on how many there are.

    In single precision it would in its last bit, which is enough for another int8 now and then: BLAS adds up
    the rows at the edges of its blocks in another order.
    """
    exact = x.astype(np.float64) @ weight.T.astype(np.float64)
    return exact.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _HeadKind:
    apply: Callable[[Float32, Weights], Float32]
    shapes: Mapping[str, tuple[str, ...]]
    """Shape of every weight in named sizes, as torch.nn.Linear lays them out."""


# A new kind of head is a new row here; older versions refuse files of kinds they do not know.
_KINDS = {
    "identity": _HeadKind(_identity, {}),
    "linear": _HeadKind(_linear, {"weight": ("output", "input"), "bias": ("output",)}),
    "residual-mlp": _HeadKind(
        _residual_mlp,
        {
            "hidden.weight": ("hidden", "input"),
            "hidden.bias": ("hidden",),
            "output.weight": ("input", "hidden"),
            "output.bias": ("input",),
        },
    ),
}


@dataclass(frozen=True)
class Projection:
    """A head for questions and a head for code, of one kind, trained for one encoder."""

    kind: str
    base: str
    """Fingerprint of the encoder that the heads were trained for."""
    input_dimension: int
    query: Weights
    units: Weights

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ModelError(f"The projection is of the unknown kind “{self.kind}”. Update Mindgap.")
        if self._output_dimension(self.query) != self._output_dimension(self.units):
            raise ModelError("The two heads of the projection end in different dimensions. Train it again.")

    @classmethod
    def identity(cls, dimension: int, base: str) -> Projection:
        """Heads that change nothing."""
        return cls("identity", base, dimension, {}, {})

    @property
    def dimension(self) -> int:
        """Width of the shared space."""
        return self._output_dimension(self.query)

    @cached_property
    def fingerprint(self) -> str:
        """Short hex name of the heads."""
        return short_hash([self.kind, self.base, str(self.input_dimension), hash_arrays(self._named())])

    @property
    def space(self) -> str:
        """Short hex name of everything that the projected vectors depend on, the encoder included."""
        return short_hash([self.base, self.fingerprint])

    def project_queries(self, x: Float32) -> Float32:
        """Query embeddings (n, input) in the shared space: unit rows (n, dimension), zero rows stay zero."""
        return self._project(x, self.query)

    def project_units(self, x: Float32) -> Float32:
        """Unit embeddings (n, input) in the shared space: unit rows (n, dimension), zero rows stay zero."""
        return self._project(x, self.units)

    @property
    def is_linear(self) -> bool:
        """Whether a sum of words is projected as the sum of what each is projected to."""
        return self.kind in {"identity", "linear"}

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        metadata = {"format": FORMAT, "kind": self.kind, "base": self.base, "input": self.input_dimension}
        path.write_bytes(pack(self._named(), metadata))

    @classmethod
    def load(cls, path: Path) -> Projection:
        """Read what `save` wrote."""
        return cls.from_bytes(read_bytes(path), path)

    @classmethod
    def from_bytes(cls, data: bytes, source: Path) -> Projection:
        """Read a file's contents; `source` names it in errors."""
        arrays, metadata = unpack(data, source)
        width, kind, base = metadata.get("input"), metadata.get("kind"), metadata.get("base")
        readable = metadata.get("format") == FORMAT
        if not (readable and isinstance(width, int) and isinstance(kind, str) and isinstance(base, str)):
            raise ModelError(f"{source} is no projection that this version reads. Update Mindgap.")
        heads: dict[str, dict[str, Float32]] = {"query": {}, "units": {}}
        for name, array in arrays.items():
            side, _, weight = name.partition(".")
            if side not in heads or not np.isfinite(array).all():
                raise ModelError(f"The weight {name} of {source} cannot be used. Train the projection again.")
            heads[side][weight] = array.astype(np.float32)
        return cls(kind, base, width, heads["query"], heads["units"])

    def _project(self, x: Float32, weights: Weights) -> Float32:
        projected = normalise(_KINDS[self.kind].apply(x, weights))
        # A bias would give something to say to rows that say nothing.
        projected[~x.any(axis=1)] = 0
        return projected

    def _named(self) -> dict[str, Float32]:
        sides = {"query": self.query, "units": self.units}
        return {f"{side}.{name}": array for side, head in sides.items() for name, array in head.items()}

    def _output_dimension(self, weights: Weights) -> int:
        """Width that a head ends in, after checking that its weights fit together."""
        shapes = _KINDS[self.kind].shapes
        sizes = {"input": self.input_dimension}
        fits = weights.keys() == shapes.keys()
        for name, names in shapes.items() if fits else ():
            shape = weights[name].shape
            fits &= len(shape) == len(names)
            fits &= all(sizes.setdefault(n, size) == size for n, size in zip(names, shape, strict=False))
        if not fits:
            raise ModelError(
                f"The weights of the {self.kind} projection do not fit together or its input of "
                f"{self.input_dimension} dimensions. Train the projection again."
            )
        return sizes.get("output", self.input_dimension)
