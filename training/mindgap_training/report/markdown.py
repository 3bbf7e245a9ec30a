"""RESULTS.md: what was asked, how it was measured, tables, figures and failures, from records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mindgap_training.experiments.manifest import Cell
from mindgap_training.experiments.runner import Record, read_record
from mindgap_training.files import write_atomically
from mindgap_training.report.figures import draw
from mindgap_training.report.records import ExperimentResults, Results, read_records
from mindgap_training.report.tables import (
    comparisons,
    language_table,
    results_table,
    search_table,
    speed_table,
    summary_table,
)

_INTRODUCTION = """# Results

Made by `mindgap train reproduce` from the records in `results/records/`; nothing here is typed by hand.
Each row links to its record: the seed, all settings, the versions, and the command that measures it again.

- Every method of a table ranks the same answers for the same questions.
- All questions are from dev splits; no test split was looked at.
  Training pairs whose answer is also an answer of the dev split are left out.
- Figures are means over the questions.
  The range holds the mean in 95 of 100 bootstrap resamplings of the questions.
  Questions about one problem or package are no independent draws, so the true ranges are somewhat wider.
- Equal scores share the middle of their places.
- *F1* and *pair accuracy* tell right pairs from random ones.
  Their threshold is chosen on calibration pairs, which no method was trained on.
- *MRR gained on the base* is the paired difference over the same questions.
  A range above zero is a gain that chance does not explain.
- "DPR-style" is a dual encoder trained on the same pairs as in Karpukhin et al. 2020.
  It has two separate heads on the frozen base, inner products, and softmax over the batch.
  The published encoders are measured where they can be loaded.
- The sets are samples, so that the whole runs on a laptop; the manifest says how large.
  Everything is computed in float32.
  bfloat16 was dropped and not measured: figures would depend on the machine, and few processors gain by it.
"""


def write_report(cells: Sequence[Cell], out: Path) -> Path:
    """Write RESULTS.md beside the folder of results, and the figures into it."""
    experiments = read_records(cells, out)
    sections = (text for experiment in experiments for text in _section(experiment, out))
    summary = f"## At a glance: MRR on dev splits\n\n{summary_table(experiments)}\n"
    path = out.parent / "RESULTS.md"
    write_atomically(path, "\n".join([_INTRODUCTION, *_missing(cells, out), summary, *sections]))
    return path


def _missing(cells: Sequence[Cell], out: Path) -> Iterator[str]:
    """What the manifest asks for and no record answers."""
    missing = Counter(cell.experiment.name for cell in cells if read_record(out, cell) is None)
    if missing:
        named = ", ".join(f"{name} ({count})" for name, count in missing.items())
        yield f"**{missing.total()} of {len(cells)} cells are not measured yet:** {named}.\n"


def _section(experiment: ExperimentResults, out: Path) -> Iterator[str]:
    about = experiment.about
    yield f"## {about.title or about.name}\n"
    if about.text:
        yield f"{about.text}\n"
    figure = draw(experiment, out / "figures")
    if figure is not None:
        yield f"![{about.title}]({out.name}/figures/{figure.name})\n"
    table = {"speed": speed_table, "search": search_table}.get(about.measure, results_table)
    for results in experiment.sets:
        yield f"### {results.title}\n"
        yield f"{_setting(results.records[0])}\n"
        yield f"{table(results)}\n"
        if compared := "\n".join(comparisons(results, about.compare)):
            yield f"{compared}\n"
        if about.by_language and results.measured:
            yield f"MRR by language:\n\n{language_table(results)}\n"
        yield from _unavailable(results)
        if about.failures:
            yield from _failures(results)


def _setting(record: Record) -> str:
    what = record["set"]
    source = ", ".join(what["corpora"]) or what["packages"]
    return (
        f"{what['measured_queries']:,} questions, {what['measured_documents']:,} answers, "
        f"{what['training_pairs']:,} training pairs from {source}; base: {record['settings']['base']}, "
        f"{record['settings']['max_tokens']} tokens."
    )


def _unavailable(results: Results) -> Iterator[str]:
    for record in results.records:
        if "unavailable" in record:
            yield f"*{record['label']} was not measured:* {record['unavailable']}\n"


def _failures(results: Results) -> Iterator[str]:
    record = results.find("projection")
    if record is None:
        return
    yield "Where the projection fails:\n"
    for failure in record["failures"][:3]:
        yield f"The right answer stands at place {failure['rank']} for this question:\n"
        for name, text in (("asked", "query"), ("right", "right"), ("found first", "found")):
            yield f"```text\n[{name}]\n{failure[text].replace('```', '')}\n```\n"
