"""BM25, a base and a projection side by side on one list of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mindgap_indexer.encoding import Projection
from mindgap_indexer.errors import ModelError
from mindgap_training.baselines.bm25 import Bm25
from mindgap_training.baselines.dense import Dense
from mindgap_training.baselines.protocol import Retriever
from mindgap_training.embeddings import FrozenBase
from mindgap_training.errors import TrainingDataError
from mindgap_training.metrics import Estimate, estimates, rank_metrics
from mindgap_training.pairs import Pair
from mindgap_training.retrieval import question_set


def compare(
    pairs: Sequence[Pair], base: FrozenBase, projection: Path | None, seed: int = 0
) -> dict[str, dict[str, Estimate]]:
    """Every figure of every method, with its interval."""
    if not pairs:
        raise TrainingDataError("No pair is left to measure on. Choose another --split or file.")
    methods: dict[str, Retriever] = {"BM25": Bm25(), "base": Dense(base)}
    if projection is not None:
        heads = Projection.load(projection)
        if heads.base != base.fingerprint:
            raise ModelError(
                f"The projection was trained for encoder {heads.base}, not for {base.fingerprint}. "
                "Give --base the model that it was trained for."
            )
        methods["projection"] = Dense(base, heads)
    queries, documents, relevant = question_set(pairs)
    return {
        name: estimates(rank_metrics(method.scores(queries, documents), relevant), seed)
        for name, method in methods.items()
    }
