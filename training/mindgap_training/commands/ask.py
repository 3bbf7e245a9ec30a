"""`mindgap train ask`: pairs of written questions and mined units."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.corpora.readers import read_pairs, write_pairs
from mindgap_training.corpora.written import ask as asked
from mindgap_training.corpora.written import read_questions
from mindgap_training.errors import TrainingDataError


def ask(mined: Path, questions: Path, out: Path = Path("written.jsonl.gz"), times: int = 1) -> None:
    """Join questions that were written for units with the units, which `train mine` has mined.

    QUESTIONS has rows `{unit, kind, query}`, as `training/questions/written/pairs.jsonl.gz` has them, and
    `unit` is the id of a row of MINED. --times writes each pair so many times.
    """
    found = read_questions(questions)
    pairs = [pair for pair in read_pairs(mined) if pair.id in found]
    if not pairs:
        raise TrainingDataError(
            f"{mined} holds none of the units that {questions} asks about. Mine the packages that it names."
        )
    count = write_pairs(out, asked(pairs, found, times))
    missing = len(found) - len({pair.id for pair in pairs})
    print(f"{out}: {count:,} pairs about {len(pairs):,} units; {missing:,} units were not mined")
