"""`mindgap train ranker`: the weights of the ranking, from questions whose answers are known."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.requirements import require


def ranker(
    questions: list[Path],
    sources: Path = Path("sources"),
    model: Path | None = None,
    deep: bool = False,
    deep_model: Path | None = None,
    out: Path = Path("ranker.json"),
) -> None:
    """Fit the ranking to questions (.jsonl) over source trees, a folder per corpus in --sources.

    Pseudocode without the names of the code is made from them and added.
    `mindgap train sources` fetches those. --model is a static model's folder, by default the one that ships.
    With --deep the weights for answers with the deep tier are fitted as well, on small versions of the
    corpora, because each is encoded for that; --deep-model is a folder that `train export-deep` wrote. What
    was asked is kept beside --out until the weights are written: a run that was stopped continues.
    """
    require("torch")
    import shutil

    from mindgap_indexer.encoding import load_deep_default, load_default, load_onnx, load_static
    from mindgap_indexer.ranking.features import FEATURES
    from mindgap_indexer.ranking.learned import pack_ranker
    from mindgap_training.files import write_atomically
    from mindgap_training.progress import ProgressLine
    from mindgap_training.ranker.collect import Asking, collect
    from mindgap_training.ranker.cut import Cut, cut_down
    from mindgap_training.ranker.fit import fit, fit_read, fit_topic
    from mindgap_training.ranker.nameless import nameless
    from mindgap_training.ranker.questions import read_questions

    asked = [question for path in questions for question in read_questions(path)]
    asked += nameless(asked, sources)
    instant_model = load_static(model) if model else load_default()
    run = out.with_name(f"{out.name}.run")
    asking = Asking(sources, instant_model, kept=run / "instant")
    examples = collect(asked, asking, ProgressLine())
    topic = fit_topic(examples)
    read = with_deep = instant = fit(examples, topic, deep=False)
    if deep:
        small = run / "sources"
        asking = Asking(
            small,
            instant_model,
            load_onnx(deep_model) if deep_model else load_deep_default(),
            most_own=MOST_OWN,
            most_foreign=MOST_FOREIGN,
            kept=run / "deep",
        )
        left = cut_down(asked, sources, small, Cut())
        examples = collect(left, asking, ProgressLine())
        with_deep, read = fit(examples, topic, deep=True), fit_read(examples, topic)
    write_atomically(out, pack_ranker(topic, instant, with_deep, read))
    # The code of the features may be another next time, which no name of a file would tell.
    shutil.rmtree(run, ignore_errors=True)
    print(f"{out}: weights of {len(FEATURES)} features from {len(asked)} questions")


MOST_OWN, MOST_FOREIGN = 45, 40
"""Questions of a corpus and of others that the deep tier is asked."""
