"""Measure how well Mindgap finds what is asked for, on the sets whose data is here.

    python -m benchmarks.quality --bench FOLDER --data FOLDER [--parts dev,handmade] [--variants instant,bm25]

Sets without data are skipped. Source trees are fetched and indexes are kept below the folder of `--cache`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import platformdirs

from benchmarks.quality.deep_vectors import keeping
from benchmarks.quality.indexes import use_home
from benchmarks.quality.parts import PARTS
from benchmarks.quality.report import as_json, breakdown, gains, table, worst_table
from benchmarks.quality.running import Bench
from benchmarks.quality.summaries import Summary, summarise
from benchmarks.quality.types import Outcome, Part, Places, SkippedError
from benchmarks.quality.variants import VARIANTS, Variant, with_ranker
from mindgap_indexer.encoding import EmbeddingModel, load_deep, load_default, load_static

Named = TypeVar("Named", Part, Variant)
DEFAULT_VARIANTS = "instant,bm25,vectors"
MANIFEST = Path("training/corpora.toml")


def main() -> int:
    """Run the parts and print their figures."""
    parser = _parser()
    options = parser.parse_args()
    try:
        parts = _chosen(PARTS, options.parts)
        variants = [*_chosen(VARIANTS, options.variants), *map(with_ranker, options.ranker)]
    except ValueError as error:
        parser.error(str(error))
    instant = load_static(options.model) if options.model else load_default()
    bench = Bench(
        places=Places(options.cache, options.bench, options.data, options.manifest, options.packages),
        home=use_home(options.cache, instant),
        instant=instant,
        deep=_deep(options, variants),
        variants=variants,
        most=options.most,
        tell=_tell if not options.quiet else lambda _: None,
    )
    _measure(bench, parts, options)
    return 0


def _measure(bench: Bench, parts: Sequence[Part], options: argparse.Namespace) -> None:
    results: dict[str, Mapping[str, Sequence[Outcome]]] = {}
    summaries: dict[str, Mapping[str, Summary]] = {}
    for part in parts:
        started, used = time.perf_counter(), time.process_time()
        try:
            results[part.name] = bench.run(part)
        except SkippedError as reason:
            _tell(f"{part.name}: skipped. {reason}")
            continue
        summaries[part.name] = {name: summarise(part, found) for name, found in results[part.name].items()}
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
        bench.tell(f"{part.name}: {seconds:.1f} s, {cpu:.1f} s of CPU")
    for part in parts:
        for name, outcomes in results.get(part.name, {}).items():
            if not options.table and name == bench.variants[0].name:
                print(f"{part.title}, {name}\n{breakdown(part, summaries[part.name][name])}")
                if options.worst:
                    print(worst_table(part, outcomes))
    print(table(parts, summaries))
    if options.gains and results:
        print(f"\n{gains(parts, results)}")
    if options.json:
        report = {
            "model": bench.instant.fingerprint,
            "deep_model": bench.deep.fingerprint if bench.deep else None,
            "parts": as_json(parts, results, summaries),
        }
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _deep(options: argparse.Namespace, variants: Sequence[Variant]) -> EmbeddingModel | None:
    if not any(variant.needs_deep for variant in variants):
        return None
    return keeping(load_deep(options.deep_model), options.cache)


def _chosen(known: Sequence[Named], names: str) -> list[Named]:
    """Those of the given names, or all, in the known order. Raises ValueError."""
    wanted = names.split(",")
    unknown = set(wanted) - {item.name for item in known} - {"all"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(i.name for i in known)}")
    return [item for item in known if item.name in wanted or "all" in wanted]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bench", type=Path, help="folder with dev/ and handmade/")
    parser.add_argument("--data", type=Path, help="folder of the public sets")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="packages, some of them held out")
    parser.add_argument("--packages", type=Path, help="folder of their archives; missing ones are fetched")
    parser.add_argument(
        "--cache", type=Path, default=Path(platformdirs.user_cache_dir("mindgap-bench", False)),
        help="where source trees and indexes are kept",
    )  # fmt: skip
    parser.add_argument("--parts", default="all", help="of: " + ", ".join(part.name for part in PARTS))
    parser.add_argument(
        "--variants", default=DEFAULT_VARIANTS, help="of: " + ", ".join(v.name for v in VARIANTS)
    )
    parser.add_argument("--most", type=int, help="questions asked of each code base; default: all")
    parser.add_argument("--model", type=Path, help="folder of a static model; default: the one that ships")
    parser.add_argument(
        "--ranker", action="append", default=[], metavar="NAME=FILE",
        help="one more variant, ranked as FILE says; “deep NAME=FILE” asks the deep tier; may be repeated",
    )  # fmt: skip
    parser.add_argument("--deep-model", help="for the deep variants; default: the one that ships")
    parser.add_argument("--json", type=Path, help="file that receives all figures and outcomes")
    parser.add_argument("--table", action="store_true", help="print only the table for the README")
    parser.add_argument("--gains", action="store_true", help="compare with the first variant, paired")
    parser.add_argument("--worst", action="store_true", help="list the worst 20 questions of each part")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


if __name__ == "__main__":
    sys.exit(main())
