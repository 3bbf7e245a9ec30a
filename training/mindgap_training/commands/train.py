"""`mindgap train projection` and `mindgap train static`: models from a file of pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindgap_training.requirements import require

if TYPE_CHECKING:
    from mindgap_training.pairs import Pair
    from mindgap_training.retrieval import RetrievalSet


def projection(
    pairs: Path,
    base: str = "all-MiniLM-L6-v2",
    out: Path = Path("projection"),
    set: list[str] | None = None,
    seed: int = 0,
    dev_share: float = 0.15,
    revision: str | None = None,
) -> None:
    """Adapt a model to your own pairs: JSON lines of {"query": …, "code": …, "language": …}.

    Some pairs are kept aside to measure the gain; rows with "split": "dev" if there are any. --base is a
    Hugging Face id, a folder, or `static` or `default` for the models that Mindgap ships. --set changes any
    setting: --set loop.steps=3000 --set heads.shared=false. A run that was stopped continues when started
    again. The folder that is written is a deep model: mindgap index --deep --deep-model projection
    """
    require("torch", "sentence_transformers")
    from mindgap_indexer.encoding.adapted import Base
    from mindgap_training.adapt import AdaptConfig, about_training, adapt, write_projection
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.embeddings import load_base
    from mindgap_training.files import check_replaceable
    from mindgap_training.progress import ProgressLine

    check_replaceable(out)
    config = override(AdaptConfig(), {"loop.seed": seed, **parse_assignments(set or [])})
    task = _own_set(pairs, dev_share, seed)
    progress = ProgressLine()
    frozen = load_base(base, revision=revision, reading="unit", progress=progress)
    adapted = adapt(task, frozen, config, out.with_name(f"{out.name}.run"), progress)
    # A folder is found again from wherever the model is loaded.
    name = str(Path(base).resolve()) if Path(base).is_dir() else base
    about = about_training(adapted, base, config, task.train)
    write_projection(out, adapted.projection, Base(name, revision), about)
    before, after = (e.per_query["mrr"].mean() for e in (adapted.before, adapted.after))
    print(f"{out}: MRR {before:.3f} -> {after:.3f} on {len(task.queries)} questions kept aside")


def static(
    pairs: Path,
    start: Path | None = None,
    out: Path = Path("static-model"),
    set: list[str] | None = None,
    seed: int = 0,
) -> None:
    """Train a static model itself on pairs: its words' vectors, their weights, and both heads.

    Rows with "split": "dev" are left out, and all whose code is also theirs. --start is a static model's
    folder, by default the one that Mindgap ships. --set changes any setting, such as --set loop.batch=256.
    A run that was stopped continues when started again.
    """
    require("torch")
    from mindgap_indexer.encoding.model import DEFAULT_MODEL
    from mindgap_indexer.encoding.static_model import read_static_model
    from mindgap_training.adapt import about_static, write_static
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.corpora import read_pairs
    from mindgap_training.files import check_replaceable
    from mindgap_training.progress import ProgressLine
    from mindgap_training.static_table import StaticConfig, train_static

    check_replaceable(out)
    config = override(StaticConfig(), {"loop.seed": seed, **parse_assignments(set or [])})
    before, _ = read_static_model(start or DEFAULT_MODEL)
    rows = _without_dev(read_pairs(pairs))
    folder = out.with_name(f"{out.name}.run")
    model, heads, run = train_static(before, rows, config, folder, ProgressLine())
    write_static(out, model, heads, about_static(model, before, rows, config, run), rows)
    first, best = run.history[0].mrr, max(check.mrr for check in run.history)
    print(f"{out}: MRR {first:.3f} -> {best:.3f} on held-out pairs, fingerprint {model.fingerprint}")


def _without_dev(rows: list[Pair]) -> list[Pair]:
    """What may be trained on."""
    from mindgap_training.corpora import without_leaks

    train = [pair for pair in rows if pair.split == "train"]
    return without_leaks(train, (pair for pair in rows if pair.split != "train"))


def _own_set(path: Path, dev_share: float, seed: int) -> RetrievalSet:
    """A user's pairs, split by their own column or by group."""
    from mindgap_training.corpora import read_pairs, split_by_group
    from mindgap_training.retrieval import retrieval_set

    rows: list[Pair] = read_pairs(path)
    train = [pair for pair in rows if pair.split == "train"]
    dev = [pair for pair in rows if pair.split == "dev"]
    if not dev:
        splits = split_by_group(rows, {"train": 1 - dev_share, "dev": dev_share}, seed)
        train, dev = splits["train"], splits["dev"]
    return retrieval_set(path.name.split(".")[0], train, dev, seed=seed)
