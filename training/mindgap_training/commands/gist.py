"""`mindgap train gist`: what pseudocode and code have in common beside the names."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.requirements import require


def gist(
    pairs: list[Path],
    out: Path = Path("gist.safetensors"),
    without: list[str] | None = None,
    set: list[str] | None = None,
    seed: int = 0,
) -> None:
    """Train the tables that tell which code a pseudocode is about, whatever its names are.

    PAIRS are files of pseudocode and code, as `train synth` and the public sets have them; the names of the
    code are taken out of the questions. --without leaves a package out. --set changes any setting:
    --set epochs=3.
    """
    require("torch")
    from dataclasses import asdict

    from mindgap_indexer.gist import to_bytes
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.corpora import read_pairs
    from mindgap_training.files import check_replaceable
    from mindgap_training.gist import GistConfig, train_gist
    from mindgap_training.progress import ProgressLine

    check_replaceable(out)
    config = override(GistConfig(), {"seed": seed, **parse_assignments(set or [])})
    left_out = frozenset(without or [])
    rows = [
        pair
        for path in pairs
        for pair in read_pairs(path)
        if pair.split == "train" and pair.group.partition(":")[2] not in left_out
    ]
    trained = train_gist(rows, config, ProgressLine())
    out.write_bytes(to_bytes(trained, {"pairs": len(rows), "config": asdict(config)}))
    print(f"{out}: {len(rows):,} pairs")
