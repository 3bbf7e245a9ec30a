"""`mindgap train mix`: one file of training pairs from several, as a recipe says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mindgap_training.corpora.mix import mix as mixed
from mindgap_training.corpora.mix import read_mix
from mindgap_training.corpora.readers import write_pairs


def mix(
    name: str,
    recipe: Path = Path("training/models.toml"),
    folder: Path = Path(),
    data: Path = Path("data"),
    out: Path | None = None,
) -> None:
    """Mix the pairs that the recipe calls NAME; its files are in --folder, its public sets in --data.

    The same files and seed give the same rows. Without --out the file is FOLDER/NAME.jsonl.gz.
    """
    counts: Counter[str] = Counter()
    target = out or folder / f"{name}.jsonl.gz"
    total = write_pairs(target, mixed(read_mix(recipe, name), folder, data, counts))
    parts = ", ".join(f"{count:,} of {part}" for part, count in counts.items())
    print(f"{target}: {total:,} pairs ({parts})")
