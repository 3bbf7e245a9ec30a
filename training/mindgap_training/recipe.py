"""The recipe of the models that ship, `training/models.toml`: each table is read by the module it is for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from mindgap_training.errors import ManifestError


def read_recipe(path: Path, table: str) -> Mapping[str, object]:
    """One table of a recipe."""
    try:
        content: Mapping[str, object] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ManifestError(
            f"The recipe {path} cannot be read ({error.strerror or error}). Check the path."
        ) from error
    except ValueError as error:
        raise ManifestError(f"The recipe {path} is no TOML: {error}. Correct it.") from error
    found = content.get(table)
    if not isinstance(found, dict):
        raise ManifestError(f"The recipe {path} has no table [{table}]. Add it.")
    return cast("dict[str, object]", found)
