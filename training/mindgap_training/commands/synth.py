"""`mindgap train synth`: pairs of pseudocode and code from the code of other pairs."""

from __future__ import annotations

from pathlib import Path

from mindgap_training.corpora.readers import read_pairs, write_pairs
from mindgap_training.errors import TrainingDataError
from mindgap_training.pseudocode import Level, synthetic_pairs


def synth(
    source: Path,
    out: Path = Path("synthetic.jsonl.gz"),
    level: Level | None = None,
    per_code: int = 1,
    seed: int = 0,
) -> None:
    """Write pseudocode for the code of a file of pairs (.jsonl or .jsonl.gz), such as `train mine` makes.

    Without a level, each code gets --per-code of the three: line by line, steps, one sentence. The same
    seed gives the same text.
    """
    pairs = read_pairs(source)
    made = synthetic_pairs(pairs, seed, tuple(Level) if level is None else (level,), per_code)
    if not made:
        raise TrainingDataError(
            f"No code of {source} became pseudocode. Its column 'language' should name the language."
        )
    write_pairs(out, made)
    told = len({pair.id.rsplit("#", 1)[0] for pair in made})
    print(f"{out}: {len(made)} pairs; {len(pairs) - told} of {len(pairs)} functions have nothing to tell")
