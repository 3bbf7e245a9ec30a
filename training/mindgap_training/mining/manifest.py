"""The manifest of packages to mine: TOML, one table `[[package]]` each.

excluded = ["requests"]          # optional: packages that must never be mined; naming one is an error
excluded_folders = ["requests"]  # optional: folders of any archive that are left out, as vendored copies

[[package]]
registry = "pypi"            # pypi, npm, debian, debian-source
name = "flask"
version = "3.1.0"            # optional: without it, the newest that the registry offers
licence = "BSD-3-Clause"     # an SPDX expression; without copyleft, lest weights that ship carry it on
languages = ["python"]       # optional: files in other languages are left out
folder = "flask"             # optional: only files below this folder of the archive
split = "heldout"            # optional: train (the default) or heldout, which no training pair is taken from
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

from mindgap_indexer.languages import LANGUAGES
from mindgap_training.errors import ManifestError
from mindgap_training.mining.licences import is_permissive

# Never a leading dash: these become arguments of the registries' clients.
_NAME = re.compile(r"(?:@[\w.-]+/)?\w[\w.+-]*")
_VERSION = re.compile(r"(?:\w[\w.+~:!-]*)?")
_FOLDER = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))(?!/)[^\\\0]*")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_SPLIT = re.compile(r"train|heldout")
_PATTERNS = {"name": _NAME, "version": _VERSION, "folder": _FOLDER, "sha256": _SHA256, "split": _SPLIT}


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
    split: str = "train"
    languages: tuple[str, ...] = ()
    """Names as in the indexer's table; empty means all."""

    @property
    def label(self) -> str:
        """The name to show, without the version: what all versions of one package share."""
        return f"{self.registry}:{self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The packages to mine, in the file's order, and what must stay out of the pairs."""

    packages: tuple[Package, ...]
    excluded: frozenset[str] = frozenset()
    """Names of packages in lower case."""
    excluded_folders: tuple[str, ...] = ()


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest."""
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
    excluded = frozenset(name.lower() for name in _list(str(path), content, "excluded"))
    packages = [_package(path, number, table) for number, table in enumerate(cast("list[object]", tables), 1)]
    for number, package in enumerate(packages, 1):
        if package.name.lower() in excluded:
            raise ManifestError(
                f"{path}, package {number}: {package.name!r} is excluded by the same manifest. "
                "Remove it from one of both."
            )
    return Manifest(tuple(packages), excluded, _list(str(path), content, "excluded_folders"))


def _package(path: Path, number: int, table: object) -> Package:
    where = f"{path}, package {number}"
    if not isinstance(table, dict):
        raise ManifestError(f"{where}: it is no table. Write it as [[package]].")
    content = cast("dict[str, object]", table)
    languages = _list(where, content, "languages")
    values = _texts(where, {key: value for key, value in content.items() if key != "languages"})
    registry = values.pop("registry")
    if registry not in list(Registry):
        raise ManifestError(
            f"{where}: the registry {registry!r} is unknown. Choose one of: {', '.join(Registry)}."
        )
    if not is_permissive(values["licence"]):
        raise ManifestError(
            f"{where}: the licence {values['licence']!r} is not among the permissive ones that weights may "
            "be trained on. Take the package out."
        )
    package = Package(Registry(registry), languages=languages, **values)
    check_package(where, package)
    return package


def check_package(where: str, package: Package) -> None:
    """Refuse what is no name, version or folder: these become arguments of programs and paths."""
    for key, pattern in _PATTERNS.items():
        value: str = getattr(package, key)
        if not pattern.fullmatch(value):
            raise ManifestError(f"{where}: {value!r} is no {key} of a package. Correct it.")
    unknown = set(package.languages) - {language.name for language in LANGUAGES}
    if unknown:
        raise ManifestError(f"{where}: the language {min(unknown)!r} is unknown. Correct it.")


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


def _list(where: str, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list):
        items = cast("list[object]", value)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) == len(items):
            return texts
    raise ManifestError(f'{where}: the value of {key!r} is no list of texts. Write it as ["…", "…"].')
