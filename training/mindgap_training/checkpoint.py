"""The state of a training run on disk: one safetensors file, replaced as a whole, and JSON for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from mindgap_indexer.encoding.tensors import Array, pack
from mindgap_training.files import arrays_of, write_atomically
from mindgap_training.torch_seam import tensor

WEIGHTS = "checkpoint.safetensors"
READABLE = "checkpoint.json"

State = Mapping[str, Tensor]
"""The `state_dict` of a module."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the held-out pairs."""

    step: int
    loss: float | None
    """Mean training loss since the look before."""
    mrr: float
    """On the held-out pairs."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a run needs to go on as if it had never stopped."""

    step: int
    """Steps that are done."""
    identity: str
    """Short hash of settings and data: another run's checkpoint is not continued."""
    current: State
    best: State
    optimiser: State
    """Moments and step counts as `<parameter>.<name>`."""
    best_step: int
    history: list[Check]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the weights file alone is complete."""
    parts = {"current": checkpoint.current, "best": checkpoint.best, "optimiser": checkpoint.optimiser}
    arrays: dict[str, Array] = {
        f"{part}.{name}": value.detach().numpy()
        for part, state in parts.items()
        for name, value in state.items()
    }
    about = {
        "step": checkpoint.step,
        "identity": checkpoint.identity,
        "best_step": checkpoint.best_step,
        "history": [asdict(check) for check in checkpoint.history],
    }
    write_atomically(folder / WEIGHTS, pack(arrays, about))
    write_atomically(folder / READABLE, json.dumps(about, indent=2) + "\n")


def load(folder: Path, identity: str) -> Checkpoint | None:
    """The checkpoint of the run `identity`; None if there is none, or a damaged one, or another run's."""
    found = arrays_of(folder / WEIGHTS, "identity", identity)
    if found is None:
        return None
    arrays, about = found
    return Checkpoint(
        step=cast("int", about["step"]),
        identity=identity,
        current=part(arrays, "current"),
        best=part(arrays, "best"),
        optimiser=part(arrays, "optimiser"),
        best_step=cast("int", about["best_step"]),
        history=[Check(**check) for check in cast("list[dict[str, Any]]", about["history"])],
    )


def remove(folder: Path) -> None:
    """Forget a finished run's checkpoint."""
    for name in (WEIGHTS, READABLE):
        (folder / name).unlink(missing_ok=True)


def copy_state(module: nn.Module) -> State:
    """A module's weights as they are now."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def optimiser_state(optimiser: torch.optim.Optimizer) -> State:
    """An optimiser's moments by parameter number and name."""
    state = cast("dict[int, dict[str, Tensor]]", optimiser.state_dict()["state"])
    return {f"{i}.{name}": value.clone() for i, values in state.items() for name, value in values.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, state: State) -> None:
    """Put back what `optimiser_state` took."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in state.items():
        number, _, name = key.partition(".")
        moments.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})


def part(arrays: Mapping[str, Array], name: str) -> dict[str, Tensor]:
    """Of all arrays those called `<name>.…`, without that, as tensors of their own."""
    prefix = f"{name}."
    # A copy, because arrays from a file are read-only and torch writes into its tensors.
    return {
        key.removeprefix(prefix): tensor(np.array(array))
        for key, array in arrays.items()
        if key.startswith(prefix)
    }
