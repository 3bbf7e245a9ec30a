"""`mindgap train ask`: pairs of written questions and mined units."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.corpora.readers import each_pair, write_pairs
from mindgap_training.corpora.written import ask as asked
from mindgap_training.corpora.written import read_questions
from mindgap_training.errors import TrainingDataError


def ask(
    mined: Path,
    questions: Path,
    out: Path = Path("written.jsonl.gz"),
    times: int = 1,
    undocumented: Path | None = None,
) -> None:
    """Join questions that were written for units with the units, which `train mine` has mined.

    QUESTIONS has rows `{unit, kind, query}`, as `training/questions/written/pairs.jsonl.gz` has them, and
    `unit` is the id of a row of MINED, or of the file --undocumented that `train mine` wrote as well.
    --times writes each pair so many times.
    """
    found = read_questions(questions)
    files = [mined] if undocumented is None else [mined, undocumented]
    pairs = [pair for file in files for pair in each_pair(file) if pair.id in found and pair.split == "train"]
    if not pairs:
        raise TrainingDataError(
            f"{mined} holds none of the units that {questions} asks about. Mine the packages that it names."
        )
    count = write_pairs(out, asked(pairs, found, times))
    missing = len(found) - len({pair.id for pair in pairs})
    print(f"{out}: {count:,} pairs about {len(pairs):,} units; {missing:,} units were not mined")
