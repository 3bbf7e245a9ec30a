"""`mindgap train reproduce`: all experiments of the manifest, and the report of their records."""

from __future__ import annotations

import sys
from pathlib import Path

from mindgap_training.requirements import require


def reproduce(
    data: Path,
    manifest: Path = Path("training/experiments.toml"),
    out: Path = Path("training/results"),
    only: str = "",
    threads: int = 2,
    report_only: bool = False,
) -> None:
    """Run every experiment that has no record yet, then write RESULTS.md with its figures.

    DATA is the folder of the public sets. A stopped run continues when started again. --only takes the
    experiments and cells whose name begins with it; --report-only runs none and writes the report.
    """
    require("torch", "sentence_transformers", "matplotlib")
    import torch

    from mindgap_training.experiments.manifest import read_manifest
    from mindgap_training.experiments.methods import Workbench
    from mindgap_training.experiments.runner import run_manifest
    from mindgap_training.report.markdown import write_report

    torch.set_num_threads(threads)
    cells = read_manifest(manifest)
    if not report_only:
        chosen = [cell for cell in cells if cell.name.startswith(only)]
        run_manifest(chosen, data, manifest.parent, out, Workbench(), _say)
    print(write_report(cells, out))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
