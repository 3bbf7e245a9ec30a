"""From a user's own pairs to a folder that the indexer loads: heads, how they were made, and a model card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mindgap_indexer.encoding import Projection
from mindgap_indexer.encoding.adapted import HEADS, Base, write_base
from mindgap_indexer.encoding.model import EmbeddingModel
from mindgap_indexer.encoding.static import StaticEncoder
from mindgap_indexer.encoding.static_model import (
    BACKGROUND,
    TOKENS,
    StaticModel,
    read_extra,
    read_static_model,
    write_static_model,
)
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.background import background
from mindgap_training.baselines.dense import Dense
from mindgap_training.embeddings import FrozenBase
from mindgap_training.evaluate import Evaluation, evaluate
from mindgap_training.files import MARKER, whole_folder
from mindgap_training.loop import TrainConfig, Trained
from mindgap_training.metrics import difference, estimates
from mindgap_training.model import HeadConfig
from mindgap_training.pairs import Pair, UnitPair
from mindgap_training.progress import never, no_progress
from mindgap_training.retrieval import RetrievalSet
from mindgap_training.static_table import StaticConfig
from mindgap_training.token_heads import TrainedHeads
from mindgap_training.token_task import TokenHeadConfig
from mindgap_training.train import base_vectors, train_heads

CARD = "MODEL_CARD.md"

About = dict[str, Any]
"""What training.json says."""


@dataclass(frozen=True, slots=True)
class AdaptConfig:
    """What `mindgap train projection` can change with --set."""

    heads: HeadConfig = field(default_factory=HeadConfig)
    loop: TrainConfig = field(default_factory=TrainConfig)


@dataclass(frozen=True, slots=True)
class Adapted:
    """A trained projection with what it gained on pairs that were kept aside."""

    projection: Projection
    run: Trained
    pairs: int
    before: Evaluation
    after: Evaluation


def adapt(
    task: RetrievalSet,
    base: FrozenBase,
    config: AdaptConfig,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
) -> Adapted:
    """Train a projection on a set's training pairs and measure it on its questions."""
    vectors = base_vectors(task.train, base)
    heads, run = train_heads(vectors, config.heads, config.loop, folder, progress, cancelled)
    projection = heads.to_projection(base.fingerprint)
    before = evaluate(Dense(base), task)
    return Adapted(projection, run, len(task.train), before, evaluate(Dense(base, projection), task))


def about_training(adapted: Adapted, base: str, config: AdaptConfig, pairs: Sequence[Pair]) -> About:
    """What training.json says of a projection."""
    gain = difference(adapted.after.per_query["mrr"], adapted.before.per_query["mrr"])
    return {
        "kind": "projection",
        # A folder's place on this machine is nobody else's business.
        "base": Path(base).name if Path(base).is_dir() else base,
        "base_fingerprint": adapted.projection.base,
        "fingerprint": adapted.projection.fingerprint,
        "dimension": adapted.projection.dimension,
        "settings": asdict(config),
        "pairs": adapted.pairs,
        "questions": len(adapted.after.per_query["mrr"]),
        "sources": dict(Counter(pair.source for pair in pairs)),
        "languages": dict(Counter(pair.language for pair in pairs)),
        "best_step": adapted.run.best_step,
        "history": [asdict(check) for check in adapted.run.history],
        "base_metrics": {name: asdict(value) for name, value in estimates(adapted.before.per_query).items()},
        "metrics": {name: asdict(value) for name, value in estimates(adapted.after.per_query).items()},
        "mrr_gain": asdict(gain),
    }


def about_static(
    model: StaticModel, start: StaticModel, pairs: Sequence[Pair], config: StaticConfig, run: Trained
) -> About:
    """What training.json says of a static model."""
    return {
        "kind": "static model",
        "base": "a static model",
        "base_fingerprint": start.fingerprint,
        "fingerprint": model.fingerprint,
        "dimension": int(model.table.rows.shape[1]),
        "settings": asdict(config),
        "pairs": len(pairs),
        "sources": dict(Counter(pair.source for pair in pairs)),
        "languages": dict(Counter(pair.language for pair in pairs)),
        "best_step": run.best_step,
        "history": [asdict(check) for check in run.history],
    }


def write_projection(folder: Path, projection: Projection, base: Base, about: About) -> None:
    """Write a projection's folder as a whole: the heads, their base's name, training.json, the model card."""
    with whole_folder(folder) as place:
        projection.save(place / HEADS)
        write_base(place, base)
        (place / MARKER).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (place / CARD).write_text(model_card(about), "utf-8")


def write_static(
    folder: Path, model: StaticModel, projection: Projection, about: About, pairs: Sequence[Pair]
) -> None:
    """Write a static model's folder as a whole, with training.json and the model card.

    Its background is made of the pairs.
    """
    yardstick = background(EmbeddingModel(StaticEncoder(model), projection), pairs)
    with whole_folder(folder) as place:
        write_static_model(place, model, projection, {BACKGROUND: yardstick.to_bytes()})
        (place / MARKER).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (place / CARD).write_text(model_card(about), "utf-8")


def write_words(
    folder: Path, start: Path, trained: TrainedHeads, config: TokenHeadConfig, pairs: Sequence[UnitPair]
) -> None:
    """Write the static model of `start` with heads for its words: its vectors and its background are kept."""
    model, projection = read_static_model(start)
    about = {
        "kind": "static model",
        "base": start.name,
        "base_fingerprint": model.fingerprint,
        "fingerprint": model.fingerprint,
        "dimension": int(model.table.rows.shape[1]),
        "words": asdict(config),
        "words_mrr": {"before": trained.before, "after": trained.after},
        "pairs": len(pairs),
        "sources": dict(Counter(pair.source for pair in pairs)),
        "languages": dict(Counter(pair.language for pair in pairs)),
    }
    provenance = {**model.provenance, "words": asdict(config), "words_pairs": len(pairs)}
    extras = {TOKENS: trained.heads.to_bytes()}
    if (yardstick := read_extra(start, BACKGROUND)) is not None:
        extras[BACKGROUND] = yardstick
    with whole_folder(folder) as place:
        write_static_model(place, replace(model, provenance=provenance), projection, extras)
        (place / MARKER).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (place / CARD).write_text(model_card(about), "utf-8")


def model_card(about: About) -> str:
    """What a person should know before using the model; everything is from training.json."""
    lines = [
        f"# A {about['kind']} trained with Mindgap",
        "",
        f"- Base: `{about['base']}`, fingerprint `{about['base_fingerprint']}`",
        f"- Fingerprint: `{about['fingerprint']}`, {about['dimension']} dimensions",
        f"- Trained on {about['pairs']} pairs from: {_listed(about['sources'])}",
        f"- Languages: {_listed(about['languages'])}",
        "",
        "The licences of these sources decide where the weights may be used.",
        "",
        *_measured(about),
        "How it was made, with every setting and the course of the training, is in `training.json`.",
        "",
    ]
    return "\n".join(lines)


def _measured(about: About) -> list[str]:
    if "mrr_gain" not in about:
        return []
    before, after = (about[name]["mrr"]["value"] for name in ("base_metrics", "metrics"))
    low, high = about["mrr_gain"]["low"], about["mrr_gain"]["high"]
    said = f"MRR {before:.3f} without and {after:.3f} with it (gain {low:+.3f} to {high:+.3f})"
    return [f"On {about['questions']} questions kept aside: {said}.", ""]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'not named'} ({count})" for name, count in counts.items())
