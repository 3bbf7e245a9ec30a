"""`mindgap train words`: the heads under which a static model compares single words."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.requirements import require


def words(
    pairs: Path,
    start: Path | None = None,
    out: Path = Path("static-model"),
    set: list[str] | None = None,
    seed: int = 0,
) -> None:
    """Train how a static model compares the words of a question with those of each candidate.

    PAIRS are rows of units, as `train mine` and `train ask` write them; a question that is part of its
    unit's own comment is asked of the units without comments. --start is a static model's folder, by default
    the one that Mindgap ships; its vectors stay as they are, so no index has to be built anew. --set changes
    any setting: --set steps=500. A run that was stopped continues when started again.
    """
    require("torch")
    from mindgap_indexer.encoding.model import DEFAULT_MODEL, load_static
    from mindgap_indexer.encoding.static_model import read_static_model
    from mindgap_training.adapt import write_words
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.corpora import read_pairs
    from mindgap_training.files import check_replaceable
    from mindgap_training.pairs import UnitPair
    from mindgap_training.progress import ProgressLine
    from mindgap_training.token_heads import train_token_heads
    from mindgap_training.token_task import TokenHeadConfig

    check_replaceable(out)
    config = override(TokenHeadConfig(), {"seed": seed, **parse_assignments(set or [])})
    folder = start or DEFAULT_MODEL
    rows = [pair for pair in read_pairs(pairs) if isinstance(pair, UnitPair) and pair.split == "train"]
    model, _ = read_static_model(folder)
    run = out.with_name(f"{out.name}.run")
    trained = train_token_heads(load_static(folder), model.table, rows, config, run, ProgressLine())
    write_words(out, folder, trained, config, rows)
    print(f"{out}: MRR {trained.before:.3f} -> {trained.after:.3f} among neighbours, on packages kept aside")
