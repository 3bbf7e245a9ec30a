"""The manifest of packages to mine: TOML, one table `[[package]]` each.

[[package]]
registry = "pypi"            # pypi, npm, debian, debian-source
name = "flask"
version = "3.1.0"            # optional: without it, the newest that the registry offers
licence = "BSD-3-Clause"
folder = "flask"             # optional: only files below this folder of the archive
sha256 = "…"                 # optional: of the archive, as a mining run reported it
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import cast

from mindgap_training.errors import ManifestError

# Never a leading dash: these become arguments of the registries' clients.
_NAME = re.compile(r"(?:@[\w.-]+/)?\w[\w.+-]*")
_VERSION = re.compile(r"(?:\w[\w.+~:!-]*)?")
_FOLDER = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))(?!/)[^\\\0]*")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")


class Registry(StrEnum):
    """Where packages come from, each through its ordinary client."""

    PYPI = "pypi"
    NPM = "npm"
    DEBIAN = "debian"
    """Binary packages: `golang-*-dev`, `librust-*-dev`, `ruby-*` and the like hold source files."""
    DEBIAN_SOURCE = "debian-source"


@dataclass(frozen=True, slots=True)
class Package:
    """One package of a manifest."""

    registry: Registry
    name: str
    licence: str
    version: str = ""
    folder: str = ""
    sha256: str = ""

    @property
    def label(self) -> str:
        """The name to show, without the version: what all versions of one package share."""
        return f"{self.registry}:{self.name}"


def read_manifest(path: Path) -> list[Package]:
    """The packages of a manifest, in its order."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ManifestError(
            f"The manifest {path} cannot be read ({error.strerror or error}). Check the path."
        ) from error
    except ValueError as error:
        raise ManifestError(f"The manifest {path} is no TOML: {error}. Correct it.") from error
    tables = content.get("package")
    if not isinstance(tables, list) or not tables:
        raise ManifestError(
            f"The manifest {path} names no package. Add a table [[package]] with registry, name and licence."
        )
    return [_package(path, number, table) for number, table in enumerate(cast("list[object]", tables), 1)]


def _package(path: Path, number: int, table: object) -> Package:
    where = f"{path}, package {number}"
    if not isinstance(table, dict):
        raise ManifestError(f"{where}: it is no table. Write it as [[package]].")
    values = _texts(where, cast("dict[str, object]", table))
    registry = values["registry"]
    if registry not in list(Registry):
        raise ManifestError(
            f"{where}: the registry {registry!r} is unknown. Choose one of: {', '.join(Registry)}."
        )
    for key, pattern in (("name", _NAME), ("version", _VERSION), ("folder", _FOLDER), ("sha256", _SHA256)):
        if not pattern.fullmatch(values.get(key, "")):
            raise ManifestError(f"{where}: {values[key]!r} is no {key} of a package. Correct it.")
    del values["registry"]
    return Package(Registry(registry), **values)


def _texts(where: str, table: Mapping[str, object]) -> dict[str, str]:
    """The table's values, all of them text under known keys."""
    known = [field.name for field in fields(Package)]
    texts: dict[str, str] = {}
    for key, value in table.items():
        if key not in known:
            raise ManifestError(f"{where}: the key {key!r} is unknown. Known are: {', '.join(known)}.")
        if not isinstance(value, str):
            raise ManifestError(f"{where}: the value of {key!r} is no text. Put it into quotes.")
        texts[key] = value
    for key in ("registry", "name", "licence"):
        if not texts.get(key):
            raise ManifestError(f"{where}: {key!r} is missing. Add it.")
    return texts
