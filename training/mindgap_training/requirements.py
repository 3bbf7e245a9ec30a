"""Saying what to install when the packages of the extra `training` are missing."""

from __future__ import annotations

from importlib.util import find_spec

from mindgap_training.errors import TrainingError


def require(*packages: str) -> None:
    """End with an install hint if a package cannot be imported."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise TrainingError(
            f"Training needs {', '.join(missing)}. Install it with `pip install 'mindgap[training]'` (on "
            "Linux without a GPU, first `uv pip install --torch-backend=cpu torch`)."
        )
