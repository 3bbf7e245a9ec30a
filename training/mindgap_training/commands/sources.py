"""`mindgap train sources`: the code bases that the ranking's questions are about."""

from __future__ import annotations

import sys
from pathlib import Path

from mindgap_indexer.paths import home
from mindgap_training.errors import PackageError
from mindgap_training.ranker.sources import read_code_bases, unpack


def sources(code_bases: list[Path], out: Path = Path("sources"), cache: Path | None = None) -> None:
    """Fetch and unpack code bases, as files such as `training/questions/corpora.json` describe them.

    Packages are fetched with pip, npm and apt-get; nothing of them is installed or run. What is there
    already is kept. `mindgap train ranker` asks its questions of them.
    """
    missing: list[str] = []
    wanted = [code_base for path in code_bases for code_base in read_code_bases(path)]
    for number, code_base in enumerate(wanted, 1):
        try:
            count = unpack(code_base, out, cache or home() / "packages")
            told = f"{count} files" if count else "is there"
        except PackageError as error:
            missing.append(code_base.name)
            told = str(error)
        print(f"[{number}/{len(wanted)}] {code_base.name}: {told}", file=sys.stderr, flush=True)
    if missing:
        raise PackageError(
            f"{len(missing)} of {len(wanted)} code bases are missing: {', '.join(missing)}. "
            "See above, and start again; what is there is kept."
        )
    print(f"{out}: {len(wanted)} code bases")
