"""Functions of packages that no model was trained on, asked for by the documentation that was taken away."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.quality.chance import sample
from benchmarks.quality.digests import mining_code
from benchmarks.quality.judging import by_function
from benchmarks.quality.keeping import kept
from benchmarks.quality.snippets import write_files
from benchmarks.quality.types import (
    Answered,
    Collection,
    Figures,
    Gold,
    Places,
    Question,
    SkippedError,
    Target,
)
from benchmarks.quality.undocumented import without_docs
from mindgap_indexer.languages import detect
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import CALLABLE, Unit
from mindgap_training.errors import ManifestError, PackageError
from mindgap_training.mining.archives import read_archive
from mindgap_training.mining.fetch import fetch
from mindgap_training.mining.manifest import Package, read_manifest
from mindgap_training.mining.mine import is_source, mine_files

CANDIDATES = 5_000
"""Functions of a language at most."""
QUESTIONS = 200
"""Of a language."""
FEWEST = 50
"""A language with fewer questions says nothing."""
LANGUAGES = 12
"""A mean over fewer is no figure to compare with."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a held-out package without its documentation, and what was asked of it."""

    path: str
    language: str
    data: bytes
    units: Sequence[Unit]
    queries: Mapping[int, str]
    """By the line where the function begins."""

    @property
    def callables(self) -> int:
        """How many candidates it adds."""
        return sum(unit.kind in CALLABLE for unit in self.units)


class Unseen:
    """Reciprocal rank of the function whose doc comment is the question, mean over languages."""

    name = "unseen"
    title = "unseen packages, documentation removed"
    macro = "language"
    targets = (
        Target("mrr", instant=0.55, deep=0.65),
        Target("mrr", instant=0.40, lowest_language=True),
        Target("recall@5"),
        Target("recall@10"),
    )

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per language. Raises SkippedError."""
        archives = _archives(_held_out(places), places.packages or places.cache / "packages")
        asked = "\n".join([*(str(package) for package, _ in archives), mining_code()])
        found = kept(places.cache / "unseen", asked, lambda folder: _made(archives, folder))
        if len(found) < LANGUAGES:
            raise SkippedError(f"{len(found)} languages are here, {LANGUAGES} make a mean.")
        yield from found

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Rank of the function."""
        return by_function(question, answered, prefix, depth=len(answered.hits))


def _held_out(places: Places) -> Sequence[Package]:
    if places.manifest is None or not places.manifest.is_file():
        raise SkippedError(f"There is no manifest {places.manifest}: say where it is with --manifest FILE.")
    try:
        packages = [p for p in read_manifest(places.manifest).packages if p.split == "heldout"]
    except ManifestError as error:
        raise SkippedError(str(error)) from error
    if not packages:
        raise SkippedError(f'No package of {places.manifest} is held out (split = "heldout").')
    return packages


def _archives(packages: Sequence[Package], cache: Path) -> Sequence[tuple[Package, Path]]:
    """The packages that can still be had; registries take old versions away."""
    found: list[tuple[Package, Path]] = []
    for package in packages:
        try:
            found.append((package, fetch(package, cache).archive))
        except PackageError as error:
            print(f"unseen: without {package.label}. {error}", file=sys.stderr, flush=True)
    return found


def _made(archives: Sequence[tuple[Package, Path]], folder: Path) -> Iterator[Collection]:
    """Write the files of each language below the folder, and ask."""
    by_language: dict[str, list[_File]] = defaultdict(list)
    for package, archive in archives:
        try:
            for file in _files(package, archive):
                by_language[file.language].append(file)
        except PackageError as error:
            raise SkippedError(str(error)) from error
    for language, files in sorted(by_language.items()):
        chosen = _up_to_candidates(files)
        questions = _questions(chosen)
        if len(questions) >= FEWEST:
            root = folder / language
            write_files(root, {file.path: file.data for file in chosen})
            yield Collection(f"unseen-{language}", language, root, questions)


def _files(package: Package, archive: Path) -> Iterator[_File]:
    """The package's files that hold functions."""
    contents = dict(read_archive(archive, _wanted(package)))
    label = package.label
    queries: dict[str, dict[int, str]] = defaultdict(dict)
    for pair in mine_files(contents.items(), label).pairs:
        path, _, line = pair.id.removeprefix(f"{label}/").rpartition(":")
        queries[path][int(line)] = pair.query
    # Paths as a workspace would show them, without the archive's own folders.
    folder = os.path.commonpath([os.path.dirname(path) for path in contents]) if contents else ""
    for path, data in contents.items():
        place = f"{package.name.replace('/', '-')}/{path.removeprefix(f'{folder}/')}"
        file = _stripped(place, data, queries[path])
        if file is not None and file.callables:
            yield file


def _wanted(package: Package) -> Callable[[str], bool]:
    folder = f"/{package.folder.strip('/')}/" if package.folder.strip("/") else "/"

    def wanted(path: str) -> bool:
        language = detect(path)
        named = language is not None and (not package.languages or language.name in package.languages)
        return named and folder in f"/{path}" and is_source(path)

    return wanted


def _stripped(path: str, data: bytes, queries: Mapping[int, str]) -> _File | None:
    language = detect(path)
    if language is None or language.grammar is None:
        return None
    stripped = without_docs(path, data, language)
    parsed = parse_source(stripped, language, PurePosixPath(path).stem)
    return _File(path, parsed.language, stripped, parsed.units, queries)


def _up_to_candidates(files: Sequence[_File]) -> list[_File]:
    """Files of all packages alike until there are candidates enough."""
    chosen: list[_File] = []
    number = 0
    for file in sample(files, len(files), lambda file: file.path):
        if number + file.callables <= CANDIDATES:
            chosen.append(file)
            number += file.callables
    return chosen


def _questions(files: Sequence[_File]) -> Sequence[Question]:
    """Questions about functions that lost their documentation; what was said of several, all answer."""
    golds: dict[str, list[Gold]] = defaultdict(list)
    for file in files:
        for unit in file.units:
            query = file.queries.get(unit.start_line)
            if query and unit.kind in CALLABLE and not unit.doc:
                golds[query].append(
                    Gold(file.path, unit.name, unit.name_line, unit.start_line, unit.end_line)
                )
    questions = [
        Question(f"{found[0].path}:{found[0].start_line}", query, "doc", tuple(found))
        for query, found in golds.items()
    ]
    return sample(questions, QUESTIONS, lambda question: question.id)
