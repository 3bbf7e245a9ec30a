"""`mindgap train mine`: pairs of doc comment and function from source trees and packages."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mindgap_indexer.paths import home
from mindgap_training.corpora.dedupe import find_duplicates
from mindgap_training.corpora.readers import write_pairs
from mindgap_training.corpora.splits import split_by_group
from mindgap_training.corpora.stats import summarise
from mindgap_training.errors import PackageError, TrainingDataError
from mindgap_training.mining.fetch import RunClient, fetch
from mindgap_training.mining.manifest import Package, read_manifest
from mindgap_training.mining.mine import PER_PACKAGE, Mined, mine_folder, mine_package
from mindgap_training.pairs import Pair


@dataclass(frozen=True, slots=True)
class Source:
    """Where mined pairs came from, as the report beside them tells it."""

    name: str
    version: str = ""
    licence: str = ""
    archive: str = ""
    sha256: str = ""
    files: int = 0
    functions: int = 0
    pairs: int = 0


def mine(
    sources: list[Path],
    out: Path = Path("pairs.jsonl.gz"),
    cache: Path | None = None,
    dev_share: float = 0.05,
    per_package: int = PER_PACKAGE,
    seed: int = 0,
) -> None:
    """Make (doc comment, function) pairs from source folders and manifests of packages (TOML).

    Packages are fetched with pip, npm and apt-get; nothing of them is installed or run. Beside the pairs, a
    file .report.json tells where they came from, under which licence, and why functions were left out.
    """
    run_mining(sources, out, cache or home() / "packages", dev_share, per_package, seed)


def run_mining(
    sources: Sequence[Path],
    out: Path,
    cache: Path,
    dev_share: float,
    per_package: int,
    seed: int,
    run: RunClient | None = None,
) -> None:
    """The command itself; `run` replaces the registries' clients."""
    if not 0 <= dev_share < 1:
        raise TrainingDataError(
            "The share of the dev split must be at least 0 and below 1. Change --dev-share."
        )
    report: list[Source] = []
    pairs: list[Pair] = []
    rejected: Counter[str] = Counter()
    for source, mined in _mine_all(sources, cache, per_package, run):
        report.append(source)
        pairs += mined.pairs
        rejected.update({str(reason): count for reason, count in mined.rejected.items() if count})
    found = find_duplicates(pairs)
    if not found.kept:
        raise TrainingDataError(
            f"No documented function was found in {len(report)} sources. Name sources with doc comments."
        )
    splits = split_by_group(found.kept, {"train": 1 - dev_share, "dev": dev_share}, seed)
    chosen = [replace(pair, split=name) for name, members in splits.items() for pair in members]
    write_pairs(out, chosen)
    _write_report(
        out,
        {
            "sources": [asdict(source) for source in report],
            "rejected": dict(rejected.most_common()),
            "exact_duplicates": found.exact,
            "near_duplicates": found.near,
            "copies_of_dev": len(found.kept) - len(chosen),
            "pairs": asdict(summarise(chosen)),
            "seed": seed,
        },
    )
    print(
        f"{out}: {len(chosen)} pairs from {len(report)} sources; "
        f"{found.exact} equal and {found.near} nearly equal ones left out"
    )


def _mine_all(
    sources: Sequence[Path], cache: Path, per_package: int, run: RunClient | None
) -> Iterator[tuple[Source, Mined]]:
    """Each folder and each package in turn; a package that cannot be had costs a message."""
    work = [item for source in sources for item in _expand(source)]
    for number, item in enumerate(work, 1):
        start = time.monotonic()
        try:
            source, mined = (
                _mine_package(item, cache, per_package, run)
                if isinstance(item, Package)
                else _mine_folder(item, per_package)
            )
        except PackageError as error:
            print(f"[{number}/{len(work)}] left out: {error}", file=sys.stderr)
            continue
        seconds = time.monotonic() - start
        print(f"[{number}/{len(work)}] {source.name}: {source.pairs} pairs, {seconds:.1f} s", file=sys.stderr)
        yield source, mined


def _expand(source: Path) -> Sequence[Path | Package]:
    if source.is_dir():
        return [source]
    if source.suffix == ".toml":
        return read_manifest(source)
    raise TrainingDataError(f"{source} is neither a folder nor a manifest (.toml). Check the path.")


def _mine_package(
    package: Package, cache: Path, per_package: int, run: RunClient | None
) -> tuple[Source, Mined]:
    fetched = fetch(package, cache, run)
    mined = mine_package(package, fetched, limit=per_package)
    source = Source(
        name=package.label,
        version=package.version,
        licence=package.licence,
        archive=fetched.archive.name,
        sha256=fetched.sha256,
        files=mined.files,
        functions=mined.functions,
        pairs=len(mined.pairs),
    )
    return source, mined


def _mine_folder(folder: Path, per_package: int) -> tuple[Source, Mined]:
    mined = mine_folder(folder, limit=per_package)
    name = folder.resolve().name
    return Source(name, files=mined.files, functions=mined.functions, pairs=len(mined.pairs)), mined


def _write_report(out: Path, report: dict[str, object]) -> None:
    path = out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl')}.report.json")
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise TrainingDataError(
            f"{path} cannot be written ({error.strerror or error}). Choose another place with --out."
        ) from error
