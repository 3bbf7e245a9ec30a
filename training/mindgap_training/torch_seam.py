"""What torch leaves without complete types, behind functions that have them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from mindgap_indexer.types import Float32

_torch: Any = import_module("torch")


def tensor(array: object) -> Tensor:
    """A tensor over a numpy array's own memory."""
    made: Tensor = _torch.from_numpy(array)
    return made


def seed_torch(seed: int) -> None:
    """Let everything that is drawn by chance from here on depend on the seed."""
    _torch.manual_seed(seed)


@contextlib.contextmanager
def own_randomness(seed: int) -> Generator[None]:
    """Numbers drawn inside the block depend on the seed, and whoever draws outside is not disturbed."""
    with _torch.random.fork_rng(devices=[]):
        seed_torch(seed)
        yield


def descend(loss: Tensor, optimiser: torch.optim.Optimizer, longest: float = math.inf) -> None:
    """One step of an optimiser down the gradient of a loss, shortened to `longest` if it is longer."""
    optimiser.zero_grad()
    untyped: Any = loss
    untyped.backward()
    if longest < math.inf:
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        _torch.nn.utils.clip_grad_norm_(weights, longest)
    stepping: Any = optimiser
    stepping.step()


def array(x: Tensor) -> Float32:
    """A tensor's values as float32 without its gradients."""
    values: Float32 = x.detach().to(torch.float32).numpy()
    return values
