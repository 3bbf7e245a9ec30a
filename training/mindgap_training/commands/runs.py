"""What the commands have in common that train in the runs of a recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from mindgap_indexer.encoding import load_static
from mindgap_indexer.types import Float32
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.export import write_tuned
from mindgap_training.deep.runs import Config, Run, Training, in_runs
from mindgap_training.files import MARKER, check_replaceable, whole_folder
from mindgap_training.progress import ProgressLine


def train_in_runs(
    training: Training[Config],
    bert: Bert,
    runs: Sequence[Run[Config]],
    about: Mapping[str, object],
    name: str,
    *,
    folder: Path,
    data: Path,
    model: Path | None,
    out: Path,
    threads: int,
) -> None:
    """Train run by run; then write to `out` all trained weights, as `name`, and what is told `about` them."""
    check_replaceable(out)
    torch.set_num_threads(threads)
    static = load_static(model) if model else None
    checkpoints = out.with_name(f"{out.name}.run")
    weights: dict[str, Float32] = {}
    told: list[Mapping[str, object]] = []
    for done in in_runs(training, bert, runs, folder, data, checkpoints, ProgressLine(), model=static):
        # A run may train fewer layers than one before.
        weights |= done.tuned.weights
        told.append(done.told())
        losses = done.tuned.losses
        print(f"{done.run.name}: {done.tuned.steps} steps, loss {losses[0]:.3f} -> {losses[-1]:.3f}")
    with whole_folder(out) as place:
        write_tuned(place / name, weights)
        (place / MARKER).write_text(json.dumps({**about, "runs": told}, indent=1) + "\n", "utf-8")
    print(f"{out}: {len(told)} runs")
