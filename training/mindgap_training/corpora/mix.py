"""Mixing one file of training pairs from others and from public sets, as a recipe says.

[mix.second]                     # the name of the mix
seed = 1                         # optional: of what is taken by chance

[[mix.second.part]]
file = "first.jsonl.gz"          # below the folder of all files; or a public set: corpus = "cosqa"
without = ["cosqa"]              # optional: sources that are left out; `only` are those that are taken
kinds = ["function", "method"]   # optional: of units; rows of nothing else are taken
code = [120, 3000]               # optional: shortest and longest code in characters
per_package = 500                # optional: rows of one package at most …
per_language = { python = 6000, others = 3500 }   # … and of one language
most = 110000                    # optional: rows at most
times = 4                        # optional: so many copies of each, for training that sees each differently

What is left out is chosen by each row's id and the seed alone, so that the order of a file and rows that
come or go change nothing for the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from mindgap_training.configuration import override
from mindgap_training.corpora.known import load_corpus
from mindgap_training.corpora.readers import each_pair
from mindgap_training.corpora.splits import position, without_leaks
from mindgap_training.errors import ManifestError, TrainingError
from mindgap_training.pairs import Pair, UnitPair
from mindgap_training.recipe import read_recipe

OTHERS = "others"
"""In a table of languages, what all have that it does not name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One source of a mix, and how much is taken of it."""

    file: str = ""
    corpus: str = ""
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    code: tuple[int, ...] = ()
    per_package: int = 0
    per_language: Mapping[str, int] = field(default_factory=dict[str, int])
    most: int = 0
    times: int = 1

    @property
    def name(self) -> str:
        """As messages call it."""
        return self.file or self.corpus


@dataclass(frozen=True, slots=True)
class MixRecipe:
    """What a file of pairs is mixed of."""

    parts: tuple[Part, ...]
    seed: int = 0


def read_mix(path: Path, name: str) -> MixRecipe:
    """The recipe of the mix `name` in a file."""
    mixes = read_recipe(path, "mix")
    content = mixes.get(name)
    if not isinstance(content, dict):
        known = ", ".join(mixes) or "none"
        raise ManifestError(f"{path} has no mix {name!r}. Known are: {known}.")
    table = cast("dict[str, object]", content)
    parts, seed = table.get("part"), table.get("seed", 0)
    if not isinstance(parts, list) or not parts or not isinstance(seed, int):
        raise ManifestError(f"{path}, mix {name!r}: it needs [[mix.{name}.part]], and a seed is a number.")
    found = [
        _part(f"{path}, mix {name!r}, part {number}", part)
        for number, part in enumerate(cast("list[object]", parts), 1)
    ]
    return MixRecipe(tuple(found), seed)


def mix(recipe: MixRecipe, folder: Path, data: Path, counts: Counter[str] | None = None) -> Iterator[Pair]:
    """The pairs of a mix, part by part; `counts` learns how many each part gives.

    Files are read twice and never held: a part may be larger than the memory. Only training rows are taken,
    and of public sets none whose code is also in another split.
    """
    for part in recipe.parts:
        rows = _rows(part, folder, data)
        chosen = _choose(part, rows, recipe.seed)
        for place, pair in enumerate(rows()):
            if place in chosen:
                if counts is not None:
                    counts[part.name] += part.times
                for copy in range(part.times):
                    yield replace(pair, id=f"{pair.id}~{copy}") if copy else pair


def _rows(part: Part, folder: Path, data: Path) -> Callable[[], Iterator[Pair]]:
    if part.file:
        return lambda: (pair for pair in each_pair(folder / part.file) if pair.split == "train")
    pairs = load_corpus(part.corpus, data)
    train = without_leaks(
        [pair for pair in pairs if pair.split == "train"], (p for p in pairs if p.split != "train")
    )
    return lambda: iter(train)


def _choose(part: Part, rows: Callable[[], Iterator[Pair]], seed: int) -> frozenset[int]:
    """The places of the rows that a part gives."""
    fitting = sorted(
        (position(pair.id, seed), place, pair.group, pair.language)
        for place, pair in enumerate(rows())
        if _fits(part, pair)
    )
    packages: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    chosen: list[int] = []
    for _, place, package, language in fitting:
        limit = part.per_language.get(language, part.per_language.get(OTHERS, 0))
        is_full = part.per_package and packages[package] >= part.per_package
        if is_full or (limit and languages[language] >= limit):
            continue
        packages[package] += 1
        languages[language] += 1
        chosen.append(place)
        if len(chosen) == part.most:
            break
    return frozenset(chosen)


def _fits(part: Part, pair: Pair) -> bool:
    if pair.source in part.without or (part.only and pair.source not in part.only):
        return False
    if part.code and not part.code[0] <= len(pair.code) <= part.code[1]:
        return False
    return not part.kinds or (isinstance(pair, UnitPair) and pair.kind in part.kinds)


def _part(where: str, content: object) -> Part:
    table = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    try:
        part = override(Part(), table)
    except TrainingError as error:
        raise ManifestError(f"{where}: {error}") from None
    if bool(part.file) == bool(part.corpus):
        raise ManifestError(f"{where}: name either a file or a corpus.")
    limits = cast("tuple[object, ...]", (*part.code, *part.per_language.values()))
    if not all(isinstance(limit, int) for limit in limits) or min(part.most, part.per_package) < 0:
        raise ManifestError(f"{where}: limits are whole numbers, none below 0.")
    if part.times < 1 or len(part.code) not in (0, 2):
        raise ManifestError(f"{where}: `times` is at least 1, and `code` is two lengths.")
    return part
