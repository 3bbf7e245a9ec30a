"""`mindgap train export`: a training run's folder as the indexer loads it."""

from __future__ import annotations

import shutil
from pathlib import Path


def export(run: Path, out: Path) -> None:
    """Check a trained model and copy what the indexer needs, with its model card, into a folder of its own.

    The folder is a deep model: mindgap index --deep --deep-model OUT. A projection needs the base that it
    was trained for, wherever it is loaded; a static model's folder is a model by itself.
    """
    from mindgap_indexer.encoding import Projection, load_static
    from mindgap_indexer.encoding.adapted import BASE, HEADS
    from mindgap_indexer.encoding.static_model import CONFIG, TOKENIZER
    from mindgap_training.adapt import CARD
    from mindgap_training.errors import TrainingError
    from mindgap_training.files import MARKER, whole_folder

    if not (run / MARKER).is_file():
        raise TrainingError(
            f"{run} is no folder of a training run. Train a model first: mindgap train projection."
        )
    is_static = (run / CONFIG).is_file()
    fingerprint = load_static(run).fingerprint if is_static else Projection.load(run / HEADS).space
    with whole_folder(out) as place:
        for path in sorted(run.iterdir()):
            if path.suffix == ".safetensors" or path.name in (CONFIG, TOKENIZER, BASE, CARD, MARKER):
                shutil.copyfile(path, place / path.name)
    print(f"{out}: fingerprint {fingerprint}")
