"""Functions of packages that no model was trained on, asked for by the documentation that was taken away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.quality.chance import draw, sample
from benchmarks.quality.judging import by_function
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
from mindgap_indexer.languages import by_name, detect
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
_FEWEST = 50
"""A language with fewer questions says nothing."""


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
    targets = (Target("mrr", instant=0.55, deep=0.65), Target("recall@5"), Target("recall@10"))

    def collections(self, places: Places) -> Iterator[Collection]:
        """One per language. Raises SkippedError."""
        by_language: dict[str, list[_File]] = defaultdict(list)
        for package, archive in _archives(places):
            for file in _files(package, archive):
                by_language[file.language].append(file)
        for language, files in sorted(by_language.items()):
            chosen = _up_to_candidates(files)
            questions = _questions(chosen)
            if len(questions) >= _FEWEST:
                root = places.cache / "unseen" / language
                write_files(root, {file.path: file.data for file in chosen})
                yield Collection(f"unseen-{language}", language, root, questions)

    def judge(self, question: Question, answered: Answered, prefix: str) -> Figures:
        """Rank of the function."""
        return by_function(question, answered, prefix)


def _archives(places: Places) -> Iterator[tuple[Package, Path]]:
    if places.manifest is None or not places.manifest.is_file():
        raise SkippedError(f"There is no manifest {places.manifest}: say where it is with --manifest FILE.")
    try:
        packages = [p for p in read_manifest(places.manifest).packages if p.split == "heldout"]
        if not packages:
            raise SkippedError(f'No package of {places.manifest} is held out (split = "heldout").')
        cache = places.packages or places.cache / "packages"
        for package in packages:
            yield package, fetch(package, cache).archive
    except (ManifestError, PackageError) as error:
        raise SkippedError(str(error)) from error


def _files(package: Package, archive: Path) -> Iterator[_File]:
    """The package's files that hold functions, in an order that means nothing."""
    contents = dict(read_archive(archive, _wanted(package)))
    label = package.label
    queries: dict[str, dict[int, str]] = defaultdict(dict)
    for pair in mine_files(contents.items(), label).pairs:
        path, _, line = pair.id.removeprefix(f"{label}/").rpartition(":")
        queries[path][int(line)] = pair.query
    for path, data in sorted(contents.items(), key=lambda item: draw(item[0], 1 << 62)):
        file = _stripped(package, path, data, queries[path])
        if file is not None and file.callables:
            yield file


def _wanted(package: Package) -> Callable[[str], bool]:
    folder = f"/{package.folder.strip('/')}/" if package.folder.strip("/") else "/"

    def wanted(path: str) -> bool:
        language = detect(path)
        named = language is not None and (not package.languages or language.name in package.languages)
        return named and folder in f"/{path}" and is_source(path)

    return wanted


def _stripped(package: Package, path: str, data: bytes, queries: Mapping[int, str]) -> _File | None:
    language = detect(path)
    if language is None or language.grammar is None:
        return None
    stripped = without_docs(path, data, language)
    parsed = parse_source(stripped, language, PurePosixPath(path).stem)
    place = f"{package.name.replace('/', '-')}/{path}"
    return _File(place, by_name(parsed.language).name, stripped, parsed.units, queries)


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
    """Questions about functions that lost their documentation, each text once."""
    found: dict[str, Question] = {}
    for file in files:
        for unit in file.units:
            query = file.queries.get(unit.start_line)
            if query and unit.kind in CALLABLE and not unit.doc:
                gold = Gold(file.path, unit.name, unit.name_line, unit.start_line, unit.end_line)
                found.setdefault(query, Question(f"{file.path}:{unit.start_line}", query, "doc", (gold,)))
    return sample(found.values(), QUESTIONS, lambda question: question.id)
