"""`mindgap evaluate`: how well a model finds the right answers of a file of pairs."""

from __future__ import annotations

import json
from pathlib import Path

from mindgap_training.requirements import require


def evaluate(
    pairs: Path,
    base: str = "all-MiniLM-L6-v2",
    projection: Path | None = None,
    split: str = "",
    json_out: Path | None = None,
    seed: int = 0,
) -> None:
    """Measure BM25, a base, and a projection on pairs (JSON lines of {"query", "code", "language"}).

    Every answer of the file competes for every question. --split takes only the rows of that split, such as
    dev. --base is a Hugging Face id, a folder, or `static`; --projection the folder that `train projection`
    wrote.
    """
    require("torch", "sentence_transformers")
    from mindgap_indexer.encoding.adapted import HEADS
    from mindgap_training.compare import compare
    from mindgap_training.corpora import read_pairs
    from mindgap_training.embeddings import load_base
    from mindgap_training.files import write_atomically
    from mindgap_training.progress import ProgressLine

    rows = [pair for pair in read_pairs(pairs) if split in ("", pair.split)]
    frozen = load_base(base, reading="unit", progress=ProgressLine())
    heads = projection / HEADS if projection is not None and projection.is_dir() else projection
    found = compare(rows, frozen, heads, seed)
    print(f"{'':12} {'MRR':>22} {'accuracy@1':>22} {'recall@10':>22}")
    for name, figures in found.items():
        shown = (f"{e.value:.3f} ({e.low:.3f}-{e.high:.3f})" for e in map(figures.get, _SHOWN) if e)
        print(f"{name:12} " + " ".join(f"{text:>22}" for text in shown))
    if json_out is not None:
        values = {name: {k: [e.value, e.low, e.high] for k, e in f.items()} for name, f in found.items()}
        write_atomically(json_out, json.dumps({"pairs": len(rows), "seed": seed, **values}, indent=1) + "\n")


_SHOWN = ("mrr", "accuracy@1", "recall@10")
