"""`mindgap train mine`: pairs of doc comment and function from source trees and packages."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from mindgap_indexer.paths import home
from mindgap_training.corpora.readers import write_pairs
from mindgap_training.corpora.splits import split_by_group
from mindgap_training.corpora.stats import summarise
from mindgap_training.errors import PackageError, TrainingDataError
from mindgap_training.mining.fetch import RunClient, fetch
from mindgap_training.mining.manifest import Package, read_manifest
from mindgap_training.mining.mine import PER_PACKAGE, Mined, function_codes, mine_folder, mine_package
from mindgap_training.mining.select import select
from mindgap_training.pairs import Pair, UnitPair


@dataclass(frozen=True, slots=True)
class Source:
    """Where mined pairs came from, as the report beside them tells it."""

    name: str
    version: str = ""
    licence: str = ""
    split: str = "train"
    archive: str = ""
    sha256: str = ""
    files: int = 0
    functions: int = 0
    pairs: int = 0


def mine(
    sources: list[Path],
    out: Path = Path("pairs.jsonl.gz"),
    cache: Path | None = None,
    undocumented: Path | None = None,
    without: list[Path] | None = None,
    dev_share: float = 0.05,
    per_package: int = PER_PACKAGE,
    seed: int = 0,
) -> None:
    """Make (doc comment, unit) pairs from source folders and manifests of packages (TOML).

    Packages are fetched with pip, npm and apt-get; nothing of them is installed or run. Beside the pairs, a
    file .report.json tells where they came from, under which licence, and why functions were left out, and a
    file .heldout.jsonl.gz holds the pairs of packages that the manifest keeps for measuring. --undocumented
    also writes functions without a doc comment, for `train synth`. --without names folders of code that
    models are measured with: no pair keeps a function that stands there too.
    """
    options = Options(
        cache or home() / "packages", dev_share, per_package, seed, undocumented, tuple(without or ())
    )
    run_mining(sources, out, options)


@dataclass(frozen=True, slots=True)
class Options:
    """How to mine."""

    cache: Path
    dev_share: float = 0.0
    per_package: int = PER_PACKAGE
    seed: int = 0
    undocumented: Path | None = None
    without: tuple[Path, ...] = ()


def run_mining(sources: Sequence[Path], out: Path, options: Options, run: RunClient | None = None) -> None:
    """The command itself; `run` replaces the registries' clients."""
    if not 0 <= options.dev_share < 1:
        raise TrainingDataError(
            "The share of the dev split must be at least 0 and below 1. Change --dev-share."
        )
    harvest = _Harvest()
    for source, mined in _mine_all(sources, options, run):
        harvest.add(source, mined)
    selected = select(harvest.pairs, [*harvest.heldout, *_functions(options.without)])
    if not selected.pairs:
        raise TrainingDataError(
            f"No documented function was found in {len(harvest.sources)} sources. "
            "Name sources with doc comments."
        )
    shares = {"train": 1 - options.dev_share, "dev": options.dev_share}
    splits = split_by_group(selected.pairs, shares, options.seed)
    chosen = [replace(pair, split=name) for name, members in splits.items() for pair in members]
    write_pairs(out, chosen)
    if harvest.heldout:
        write_pairs(_beside(out, "heldout.jsonl.gz"), harvest.heldout)
    if options.undocumented is not None:
        write_pairs(options.undocumented, harvest.undocumented)
    _write_report(
        out,
        {
            "sources": [asdict(source) for source in harvest.sources],
            "rejected": dict(harvest.rejected.most_common()),
            "exact_duplicates": selected.exact,
            "near_duplicates": selected.near,
            "alike": selected.alike,
            "copies_of_heldout": selected.copies,
            "copies_of_dev": len(selected.pairs) - len(chosen),
            "pairs": asdict(summarise(chosen, has_duplicates=False)),
            "seed": options.seed,
        },
    )
    print(
        f"{out}: {len(chosen)} pairs from {len(harvest.sources)} sources; "
        f"{selected.exact} equal and {selected.near} nearly equal ones left out"
    )


def _functions(folders: Sequence[Path]) -> Iterator[Pair]:
    for folder in folders:
        if not folder.is_dir():
            raise TrainingDataError(f"{folder} is no folder. Correct --without.")
        yield from (Pair("", "", code) for code in function_codes(folder))


@dataclass(slots=True)
class _Harvest:
    """Everything mined so far."""

    sources: list[Source] = field(default_factory=list[Source])
    pairs: list[UnitPair] = field(default_factory=list[UnitPair])
    heldout: list[UnitPair] = field(default_factory=list[UnitPair])
    undocumented: list[UnitPair] = field(default_factory=list[UnitPair])
    rejected: Counter[str] = field(default_factory=Counter[str])

    def add(self, source: Source, mined: Mined) -> None:
        self.sources.append(source)
        self.rejected.update({str(reason): count for reason, count in mined.rejected.items() if count})
        if source.split == "heldout":
            self.heldout += [replace(pair, split="heldout") for pair in mined.pairs]
        else:
            self.pairs += mined.pairs
            self.undocumented += mined.undocumented


def _mine_all(
    sources: Sequence[Path], options: Options, run: RunClient | None
) -> Iterator[tuple[Source, Mined]]:
    """Each folder and each package in turn; a package that cannot be had costs a message."""
    work = [item for source in sources for item in _expand(source)]
    for number, (item, excluded) in enumerate(work, 1):
        start = time.monotonic()
        try:
            source, mined = (
                _mine_package(item, excluded, options, run)
                if isinstance(item, Package)
                else _mine_folder(item, options.per_package)
            )
        except PackageError as error:
            print(f"[{number}/{len(work)}] left out: {error}", file=sys.stderr)
            continue
        seconds = time.monotonic() - start
        print(f"[{number}/{len(work)}] {source.name}: {source.pairs} pairs, {seconds:.1f} s", file=sys.stderr)
        yield source, mined


def _expand(source: Path) -> Sequence[tuple[Path | Package, Sequence[str]]]:
    """What to mine, each with the folders to leave out."""
    if source.is_dir():
        return [(source, ())]
    if source.suffix == ".toml":
        manifest = read_manifest(source)
        return [(package, manifest.excluded_folders) for package in manifest.packages]
    raise TrainingDataError(f"{source} is neither a folder nor a manifest (.toml). Check the path.")


def _mine_package(
    package: Package, excluded: Sequence[str], options: Options, run: RunClient | None
) -> tuple[Source, Mined]:
    fetched = fetch(package, options.cache, run)
    mined = mine_package(package, fetched, limit=options.per_package, excluded_folders=excluded)
    source = Source(
        name=package.label,
        version=package.version,
        licence=package.licence,
        split=package.split,
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


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl')}.{ending}")


def _write_report(out: Path, report: dict[str, object]) -> None:
    path = _beside(out, "report.json")
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise TrainingDataError(
            f"{path} cannot be written ({error.strerror or error}). Choose another place with --out."
        ) from error
