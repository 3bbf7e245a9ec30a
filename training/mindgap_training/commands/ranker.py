"""`mindgap train ranker`: the weights of the ranking, from questions whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

from mindgap_training.requirements import require


def ranker(
    questions: Path,
    sources: Path,
    model: Path | None = None,
    deep: bool = False,
    out: Path = Path("ranker.json"),
) -> None:
    """Fit the ranking to questions (.jsonl) over source trees, a folder per corpus in SOURCES.

    Pseudocode without the names of the code is made from them and added.
    --model is a static model's folder, by default the one that ships. With --deep the weights for answers
    with the deep tier are fitted as well; every corpus is encoded for that, which takes long.
    """
    require("torch")
    from mindgap_indexer.encoding import load_default, load_static
    from mindgap_indexer.ranking.features import FEATURES
    from mindgap_indexer.ranking.learned import FORMAT
    from mindgap_indexer.types import Tier
    from mindgap_training.files import check_replaceable
    from mindgap_training.progress import ProgressLine
    from mindgap_training.ranker.collect import collect
    from mindgap_training.ranker.fit import fit
    from mindgap_training.ranker.nameless import nameless
    from mindgap_training.ranker.questions import read_questions

    check_replaceable(out)
    asked = read_questions(questions)
    asked += nameless(asked, sources)
    instant_model = load_static(model) if model else load_default()
    instant = fit(collect(asked, sources, instant_model, Tier.INSTANT, ProgressLine()), deep=False)
    with_deep = (
        fit(collect(asked, sources, instant_model, Tier.DEEP, ProgressLine()), deep=True) if deep else instant
    )
    fitted = {"format": FORMAT, "features": list(FEATURES), "instant": instant, "deep": with_deep}
    out.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8", newline="\n")
    print(f"{out}: weights of {len(FEATURES)} features from {len(asked)} questions")
