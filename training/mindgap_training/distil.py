"""Distilling a transformer into a static model: `python -m mindgap_training.distil`.

1. The vocabulary is the teacher's own WordPiece vocabulary without what no code contains, plus words
   that are frequent in code and which the teacher would cut into pieces.
2. A word's vector is the teacher's embedding of that word alone.
3. Principal components bring the vectors to the wanted dimension. Each is divided by a power of its
   spread, lest the few strongest decide every similarity.
4. A word's weight is a / (a + p), where p is the share of paragraphs of code and documentation that
   contain it (smooth inverse frequency, Arora et al. 2017). The paragraphs are those of the running
   Python's own standard library, so everybody has them.

On one machine, equal inputs give equal bytes. Other processors and versions of torch change the last
digits of the teacher's embeddings, another Python's standard library changes vocabulary and weights; the
written config.json says what was used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from mindgap_indexer.encoding.bases import locate_base
from mindgap_indexer.encoding.static_model import StaticModel, write_static_model
from mindgap_indexer.encoding.tensors import short_hash
from mindgap_indexer.encoding.transformer import load_sentence_model
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import MindgapError, ModelError
from mindgap_indexer.types import Float32
from mindgap_indexer.words import words
from mindgap_training.corpora import read_pairs
from mindgap_training.export import PREFIX, static_model, wordpiece_tokenizer
from mindgap_training.pairs import Pair

# Pieces in other scripts are left out: an English teacher knows no more of them than their letters.
_PIECE = re.compile(rf"({PREFIX})?[a-z0-9]+")
_PARAGRAPH_END = re.compile(r"\n\s*\n")
# Tests are not installed with every Python; site-packages differ everywhere.
_NOT_COUNTED = {"site-packages", "dist-packages", "test", "tests", "idle_test"}
_TOKENS_PER_WORD = 16


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a distillation. Defaults were chosen on several retrieval sets, not on one."""

    dimension: int = 256
    extra_words: int = 4_000
    """At most so many words beyond the teacher's vocabulary …"""
    minimum_paragraphs: int = 5
    """… each in at least so many paragraphs."""
    whitening: float = 0.75
    """0 keeps the components' spread, 1 makes all equal."""
    unit_rarity: float = 0.03
    """The `a` of the weights of words in code …"""
    query_rarity: float = 0.015
    """… and in questions, where frequent words say even less."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """In how many paragraphs each word occurs."""

    paragraphs: int
    words: Mapping[str, int]


def count_words(folder: Path) -> WordCounts:
    """Counts over the Python files of a folder. Paragraphs, lest one table of constants outweigh all."""
    counts: Counter[str] = Counter()
    paragraphs = 0
    for path in sorted(folder.rglob("*.py")):
        if _NOT_COUNTED.isdisjoint(path.relative_to(folder).parts):
            for paragraph in _PARAGRAPH_END.split(path.read_text("utf-8", "replace")):
                counts.update(set(words(paragraph)))
                paragraphs += 1
    return WordCounts(paragraphs, counts)


def count_pair_words(pairs: Sequence[Pair], fewest_groups: int = 3) -> WordCounts:
    """Counts over mined pairs, questions and units a paragraph each; words of few packages are left out."""
    counts: Counter[str] = Counter()
    groups: dict[str, set[str]] = {}
    for pair in pairs:
        for text in (pair.query, pair.code):
            for word in set(words(text)):
                counts[word] += 1
                groups.setdefault(word, set()).add(pair.group)
    wide = {word: count for word, count in counts.items() if len(groups[word]) >= fewest_groups}
    return WordCounts(2 * len(pairs), wide)


def teacher_pieces(folder: Path) -> list[str]:
    """The teacher's WordPiece vocabulary in its order, without special tokens, signs and other scripts."""
    try:
        model = cast("dict[str, object]", json.loads((folder / "tokenizer.json").read_bytes())["model"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder} has no readable tokenizer.json ({error}). Choose another teacher."
        ) from error
    if model.get("type") != "WordPiece" or model.get("continuing_subword_prefix") != PREFIX:
        raise ModelError(f"The teacher in {folder} has no WordPiece vocabulary. Choose another teacher.")
    vocabulary = cast("dict[str, int]", model["vocab"])
    return [piece for piece in sorted(vocabulary, key=vocabulary.__getitem__) if _PIECE.fullmatch(piece)]


def frequent_words(counts: WordCounts, known: Sequence[str], recipe: Recipe) -> list[str]:
    """The most frequent words of code that are no pieces of the teacher's vocabulary."""
    pieces = set(known)
    candidates = [
        (-count, word)
        for word, count in counts.words.items()
        if count >= recipe.minimum_paragraphs and len(word) > 2 and word.isalpha() and _PIECE.fullmatch(word)
        if word not in pieces
    ]
    return [word for _, word in sorted(candidates)[: recipe.extra_words]]


def embed_words(folder: Path, vocabulary: Sequence[str]) -> Float32:
    """The teacher's embedding of each word alone, (v, teacher's dimension), rows of length 1."""
    teacher = load_sentence_model(folder, "cpu")
    teacher.max_seq_length = _TOKENS_PER_WORD
    texts = [piece.removeprefix(PREFIX) for piece in vocabulary]
    vectors = teacher.encode(texts, batch_size=512, show_progress_bar=False)
    return normalise(np.asarray(vectors, np.float32))


def reduce_dimension(vectors: Float32, dimension: int, whitening: float) -> Float32:
    """Centred vectors (v, d) in their first principal components, partly whitened: (v, dimension)."""
    if dimension > vectors.shape[1]:
        raise ModelError(f"The teacher has only {vectors.shape[1]} dimensions; ask for no more than that.")
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    spread, components = np.linalg.eigh(centred.T @ centred / len(centred))
    components, spread = components[:, ::-1][:, :dimension], spread[::-1][:dimension]
    # An eigenvector's sign is arbitrary; fixed, so that the same inputs give the same bytes.
    largest = np.abs(components).argmax(axis=0)
    components = components * np.sign(components[largest, np.arange(dimension)])
    floor = max(float(spread[0]) * 1e-9, np.finfo(np.float64).tiny)
    reduced: npt.NDArray[np.float64] = centred @ (components * np.maximum(spread, floor) ** (-whitening / 2))
    return reduced.astype(np.float32)


def piece_shares(vocabulary: Sequence[str], counts: WordCounts) -> npt.NDArray[np.float64]:
    """Share of paragraphs (v,) that contain each piece, by itself or inside a longer word."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(wordpiece_tokenizer(vocabulary))
    shares = np.zeros(len(vocabulary) + 1)
    for word, count in counts.words.items():
        for i in set(tokenizer.encode(word, add_special_tokens=False).ids):
            shares[i] += count / counts.paragraphs
    return np.minimum(shares[1:], 1.0)


def distil(
    teacher: Path, counts: WordCounts, recipe: Recipe, provenance: Mapping[str, object]
) -> StaticModel:
    """The static model of a sentence-transformers folder."""
    pieces = teacher_pieces(teacher)
    vocabulary = [*pieces, *frequent_words(counts, pieces, recipe)]
    vectors = reduce_dimension(embed_words(teacher, vocabulary), recipe.dimension, recipe.whitening)
    shares = piece_shares(vocabulary, counts)
    made_from = {
        **provenance,
        "recipe": asdict(recipe),
        "teacher_vectors": short_hash([vectors.tobytes()]),
        "word_counts": short_hash([json.dumps(sorted(counts.words.items()))]),
    }
    return static_model(
        vocabulary,
        vectors,
        unit_weights=_rarity(shares, recipe.unit_rarity),
        query_weights=_rarity(shares, recipe.query_rarity),
        provenance=made_from,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of `python -m mindgap_training.distil`."""
    options = _parser().parse_args(arguments)
    recipe = Recipe(options.dimension, options.extra_words, whitening=options.whitening)
    try:
        teacher = locate_base(options.model, options.revision)
        counts = (
            count_pair_words(read_pairs(options.pairs))
            if options.pairs
            else count_words(Path(sysconfig.get_path("stdlib")))
        )
        weights = hashlib.sha256((teacher / "model.safetensors").read_bytes()).hexdigest()
        provenance = {
            "teacher": Path(options.model).name,
            "teacher_sha256": weights,
            "python": platform.python_version(),
        }
        model = distil(teacher, counts, recipe, provenance)
        write_static_model(options.out, model)
    except (MindgapError, OSError) as error:
        print(f"distil: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in options.out.iterdir())
    rows, dimension = model.table.rows.shape
    print(f"{options.out}: {rows} words x {dimension}, {size / 1e6:.1f} MB, fingerprint {model.fingerprint}")
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = Recipe()
    parser = argparse.ArgumentParser(
        prog="python -m mindgap_training.distil", description="Distil a transformer into a static model."
    )
    parser.add_argument("--model", required=True, help="Hugging Face id or folder of the teacher")
    parser.add_argument("--revision", help="revision of the Hugging Face id")
    parser.add_argument("--out", required=True, type=Path, help="folder of the static model")
    parser.add_argument(
        "--pairs", type=Path, help="count words in this file of pairs instead of in Python's library"
    )
    parser.add_argument("--dimension", type=int, default=defaults.dimension)
    parser.add_argument("--extra-words", type=int, default=defaults.extra_words)
    parser.add_argument("--whitening", type=float, default=defaults.whitening)
    return parser


def _rarity(shares: npt.NDArray[np.float64], a: float) -> Float32:
    return (a / (a + shares)).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
