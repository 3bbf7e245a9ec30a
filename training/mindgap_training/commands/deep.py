"""`mindgap train deep`, `deep-runs` and `export-deep`: the deep model, tuned and in the form that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindgap_training.deep import QUERY_TOKENS, UNIT_TOKENS
from mindgap_training.requirements import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindgap_training.deep.samples import Sample


def deep(
    pairs: list[str] | None = None,
    corpus: list[str] | None = None,
    data: Path = Path("data"),
    base: str = "all-MiniLM-L6-v2",
    out: Path = Path("deep"),
    minutes: float = 50.0,
    threads: int = 1,
    set: list[str] | None = None,
) -> None:
    """Tune the upper layers of a small BERT on pairs of question and code.

    --pairs FILE or FILE=WEIGHT and --corpus NAME or NAME=WEIGHT (a public set in the folder --data) may be
    repeated; a weight is the share of the batches. --set changes any setting: --set layers=3. A run that was
    stopped continues when started again. `mindgap train export-deep` makes of it what the indexer loads.
    """
    require("torch")
    import json
    from dataclasses import asdict

    import torch

    from mindgap_indexer.encoding.bases import locate_base
    from mindgap_training.configuration import override, parse_assignments
    from mindgap_training.deep.bert import read_bert
    from mindgap_training.deep.export import TUNED, write_tuned
    from mindgap_training.deep.sources import languages
    from mindgap_training.deep.tune import TuneConfig, tune
    from mindgap_training.files import MARKER, check_replaceable, whole_folder
    from mindgap_training.progress import ProgressLine

    check_replaceable(out)
    torch.set_num_threads(threads)
    config = override(TuneConfig(), {"minutes": minutes, **parse_assignments(set or [])})
    sources, weights = _sources(pairs or [], corpus or [], data)
    run = tune(
        read_bert(locate_base(base)),
        sources,
        weights,
        config,
        out.with_name(f"{out.name}.run"),
        ProgressLine(),
    )
    about = {
        "kind": "deep model",
        "base": Path(base).name if Path(base).is_dir() else base,
        "settings": asdict(config),
        "sources": {name: {"weight": weights[name], "pairs": len(rows)} for name, rows in sources.items()},
        "languages": languages([sample for rows in sources.values() for sample in rows]),
        "steps": run.steps,
        "seconds": round(run.seconds),
        "losses": run.losses,
    }
    with whole_folder(out) as place:
        write_tuned(place / TUNED, run.weights)
        (place / MARKER).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    print(f"{out}: {run.steps} steps, loss {run.losses[0]:.3f} -> {run.losses[-1]:.3f}")


def deep_runs(
    recipe: Path = Path("training/models.toml"),
    folder: Path = Path(),
    data: Path = Path("data"),
    model: Path | None = None,
    out: Path = Path("deep"),
    threads: int = 1,
) -> None:
    """Tune the deep model in the runs of a recipe, one after the other, as the one that ships was tuned.

    The recipe's files of pairs are in --folder, its public sets in --data. A static model finds wrong answers
    that look right: --model is its folder, by default the one that ships. Started again after a stop, it
    continues where it was. `mindgap train export-deep` makes of it what the indexer loads.
    """
    require("torch")
    from mindgap_indexer.encoding.bases import locate_base
    from mindgap_training.commands.runs import train_in_runs
    from mindgap_training.deep.bert import read_bert
    from mindgap_training.deep.export import TUNED
    from mindgap_training.deep.runs import read_runs
    from mindgap_training.deep.tune import tune

    plan = read_runs(recipe)
    train_in_runs(
        tune,
        read_bert(locate_base(plan.base)),
        plan.runs,
        {"kind": "deep model", "base": plan.base},
        TUNED,
        folder=folder,
        data=data,
        model=model,
        out=out,
        threads=threads,
    )


def export_deep(
    run: Path | None = None,
    base: str = "all-MiniLM-L6-v2",
    share: float = 0.6,
    cross: Path | None = None,
    out: Path = Path("deep-model"),
    unit_tokens: int = UNIT_TOKENS,
    query_tokens: int = QUERY_TOKENS,
) -> None:
    """Write a deep model as int8 ONNX, as the indexer loads it: of a run of `train deep`, or the plain base.

    --share is how much of the trained weights goes into the mean with the base's own: less keeps more of what
    the base could do before. --cross is a folder that `train cross` wrote, from the same base: the
    cross-encoder goes beside the encoder.
    """
    require("onnx")
    from mindgap_indexer.encoding.bases import locate_base
    from mindgap_indexer.encoding.onnx_model import write_onnx_model
    from mindgap_training.deep.bert import mixed, read_bert
    from mindgap_training.deep.cross_head import CROSS
    from mindgap_training.deep.export import TUNED, cross_model, onnx_model, read_tuned

    plain = bert = read_bert(locate_base(base))
    if run is not None:
        weights = read_tuned(run / TUNED)
        bert = mixed(bert, weights, share)
    reads_both = None if cross is None else cross_model(plain, read_tuned(cross / CROSS))
    model = onnx_model(bert, unit_tokens, query_tokens, reads_both)
    write_onnx_model(out, model)
    print(f"{out}: {len(model.graph) / 1e6:.1f} MB, fingerprint {model.fingerprint}")


def _sources(
    pairs: list[str], corpora: list[str], data: Path
) -> tuple[Mapping[str, list[Sample]], dict[str, float]]:
    """The samples of every file and set by name, and their weights."""
    from mindgap_training.deep.sources import corpus_samples, read_samples

    sources: dict[str, list[Sample]] = {}
    weights: dict[str, float] = {}
    for text in pairs:
        file, weight = _weighted(text)
        name = Path(file).name.split(".")[0]
        sources[name], weights[name] = read_samples(Path(file)), weight
    for text in corpora:
        name, weight = _weighted(text)
        sources[name], weights[name] = corpus_samples(name, data), weight
    return sources, weights


def _weighted(text: str) -> tuple[str, float]:
    """`NAME=0.5`, or `NAME` for 1."""
    from mindgap_training.errors import TrainingError

    name, equals, weight = text.rpartition("=")
    if not equals:
        return text, 1.0
    try:
        return name, float(weight)
    except ValueError:
        raise TrainingError(f"“{text}” ends in no weight. Write it as NAME=0.5.") from None
