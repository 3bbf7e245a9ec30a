"""`mindgap train cross`: the cross-encoder, which reads a question and a unit together."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.requirements import require


def cross(
    recipe: Path = Path("training/models.toml"),
    folder: Path = Path(),
    data: Path = Path("data"),
    deep: Path = Path("deep"),
    share: float = 0.8,
    model: Path | None = None,
    out: Path = Path("cross"),
    threads: int = 1,
) -> None:
    """Train the cross-encoder in the runs of a recipe, from what `mindgap train deep-runs` wrote to --deep.

    --share is how much of those weights goes into the mean with their base's own, from which it starts. The
    recipe's files of pairs are in --folder, its public sets in --data. A static model finds wrong answers
    that look right: --model is its folder, by default the one that ships. Started again after a stop, it
    continues where it was.
    """
    require("torch")
    from mindgap_indexer.encoding.bases import locate_base
    from mindgap_training.commands.runs import train_in_runs
    from mindgap_training.deep.bert import mixed, read_bert
    from mindgap_training.deep.cross import train_cross
    from mindgap_training.deep.cross_head import CROSS
    from mindgap_training.deep.export import TUNED, read_tuned
    from mindgap_training.deep.runs import read_cross_runs, read_runs

    base = read_runs(recipe).base
    train_in_runs(
        train_cross,
        mixed(read_bert(locate_base(base)), read_tuned(deep / TUNED), share),
        read_cross_runs(recipe),
        {"kind": "cross-encoder", "base": base, "share": share},
        CROSS,
        folder=folder,
        data=data,
        model=model,
        out=out,
        threads=threads,
    )
