"""The code bases that questions are about: packages, fetched and unpacked into a folder each.

Described in a JSON file beside the questions, one object each, in either of two forms:

{name, registry, package, version, licence, languages, folder}
    The package's source files in these languages, below their paths in the archive.
{name, registry, root, artifacts: [{kind, package, version, sha256, map: [{from, to}]}]}
    Of each archive what the map names, under other paths; the first rule that fits counts.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mindgap_indexer.languages import detect
from mindgap_training.errors import ManifestError, PackageError
from mindgap_training.mining.archives import read_archive
from mindgap_training.mining.fetch import RunClient, fetch
from mindgap_training.mining.manifest import Package, Registry, check_package
from mindgap_training.mining.mine import is_source

Row = Mapping[str, object]
_ARTIFACTS = {
    "wheel": Registry.PYPI,
    "npm": Registry.NPM,
    "deb": Registry.DEBIAN,
    "deb-source": Registry.DEBIAN_SOURCE,
}
_STAMPS = ".done"
"""Beside the code bases: what each was built from."""


@dataclass(frozen=True, slots=True)
class Part:
    """One package of a code base."""

    package: Package
    map: tuple[tuple[str, str], ...] = ()
    """Beginnings of paths in the archive, and what stands in their place."""

    def target(self, path: str) -> str:
        """Where a file of the archive belongs; empty if it is left out."""
        if not self.map:
            language = detect(path)
            is_wanted = is_source(path) and language is not None and self._is_below(path)
            return path if is_wanted and language and language.name in self.package.languages else ""
        for start, instead in self.map:
            if path.startswith(start):
                return instead + path.removeprefix(start)
        return ""

    def _is_below(self, path: str) -> bool:
        folder = self.package.folder.strip("/")
        return not folder or f"/{folder}/" in f"/{path}"


@dataclass(frozen=True, slots=True)
class CodeBase:
    """A code base by the name that questions call it."""

    name: str
    parts: tuple[Part, ...]


def read_code_bases(path: Path) -> list[CodeBase]:
    """The code bases that a file describes."""
    try:
        rows: object = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ManifestError(f"{path} cannot be read ({error.strerror or error}). Check the path.") from error
    except ValueError as error:
        raise ManifestError(f"{path} is no JSON ({error}). Correct it.") from error
    if not isinstance(rows, list):
        raise ManifestError(f"{path} is no list of code bases. Write it as [{{…}}, {{…}}].")
    return [
        _code_base(f"{path}, code base {number}", cast("Row", row))
        for number, row in enumerate(cast("list[object]", rows), 1)
    ]


def unpack(code_base: CodeBase, folder: Path, cache: Path, run: RunClient | None = None) -> int:
    """Make a code base below `folder`; answers how many files it has, 0 if it was there.

    It appears whole or not at all.
    """
    final, stamp = folder / code_base.name, folder / _STAMPS / code_base.name
    if final.is_dir() and stamp.is_file() and stamp.read_text("utf-8") == repr(code_base):
        return 0
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{code_base.name}-", dir=folder) as unfinished:
            staged = Path(unfinished) / "files"
            count = sum(_write(part, staged, cache, run) for part in code_base.parts)
            if not count:
                raise PackageError(
                    f"{code_base.name}: no file of its packages belongs to it. Correct its description."
                )
            if final.exists():
                shutil.rmtree(final)
            os.replace(staged, final)
        stamp.write_text(repr(code_base), "utf-8")
    except OSError as error:
        raise PackageError(
            f"{final} cannot be written ({error.strerror or error}). Make room or choose another --out."
        ) from error
    return count


def _write(part: Part, staged: Path, cache: Path, run: RunClient | None) -> int:
    archive = fetch(part.package, cache, run).archive
    count = 0
    for path, data in read_archive(archive, lambda path: bool(part.target(path))):
        target = staged / part.target(path)
        if not target.resolve().is_relative_to(staged.resolve()):
            raise PackageError(f"{part.package.label}: {path} would leave its folder. Correct its map.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        count += 1
    return count


def _code_base(where: str, row: Row) -> CodeBase:
    name = row.get("name")
    if not isinstance(name, str) or not name or name.startswith(".") or "/" in name or "\\" in name:
        raise ManifestError(f"{where}: its name is none of a folder. Correct it.")
    artifacts = row.get("artifacts")
    if isinstance(artifacts, list):
        return CodeBase(name, tuple(_artifact(where, part) for part in cast("list[Row]", artifacts)))
    registry, languages = str(row.get("registry")), row.get("languages")
    if registry not in list(Registry) or not isinstance(languages, list):
        raise ManifestError(f"{where}: it needs a registry of {', '.join(Registry)}, and languages.")
    package = Package(
        Registry(registry),
        name=str(row.get("package")),
        licence=str(row.get("licence", "")),
        version=str(row.get("version", "")),
        folder=str(row.get("folder", "")),
        sha256=str(row.get("sha256", "")),
        languages=tuple(map(str, cast("list[object]", languages))),
    )
    check_package(where, package)
    return CodeBase(name, (Part(package),))


def _artifact(where: str, row: Row) -> Part:
    registry, rules = _ARTIFACTS.get(str(row.get("kind"))), row.get("map")
    if registry is None or not isinstance(rules, list):
        raise ManifestError(
            f"{where}: an artifact needs a kind of {', '.join(_ARTIFACTS)}, and a map of its paths."
        )
    package = Package(
        registry,
        name=str(row.get("package")),
        licence="",
        version=str(row.get("version", "")),
        sha256=str(row.get("sha256", "")),
    )
    check_package(where, package)
    map_ = tuple((str(rule.get("from")), str(rule.get("to"))) for rule in cast("list[Row]", rules))
    return Part(package, map_)
