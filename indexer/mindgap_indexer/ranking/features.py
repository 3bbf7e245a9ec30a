"""What is known of each candidate, as numbers: most between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mindgap_indexer import gist
from mindgap_indexer.ranking.files import file_signs
from mindgap_indexer.ranking.late import Interaction
from mindgap_indexer.ranking.mentions import Mentions
from mindgap_indexer.ranking.query import ParsedQuery
from mindgap_indexer.structure import SIZE, Likeness, compare, shape_of_code, shape_of_words, shapes
from mindgap_indexer.terms import stem
from mindgap_indexer.types import CALLABLE, CLASS_LIKE, Float32, Kind, Mode

FEATURES = (
    "lexical",
    "semantic",
    "semantic_cosine",
    "deep",
    "deep_cosine",
    "late",
    "late_share",
    "late_name",
    "late_doc",
    "late_body",
    "late_context",
    "exact",
    "name_fit",
    "shape_overlap",
    "shape_covered",
    "shape_present",
    "shape_direction",
    "shape_length",
    "shape_gist",
    "shape_gist_cosine",
    "path",
    "file_fit",
    "mention",
    "mention_scope",
    "mention_file",
    "spelling_pieces",
    "spelling_letters",
    "spelling_words",
    "spelling_short",
    "callable",
    "type",
    "size",
    "aside",
    "test",
    "coherence",
    "cross",
)
"""Order of the columns; what each means stands beside its computation below."""

_OF_OTHERS = np.array([[0, 1, 1, 1], [1, 0, 1 / 2, 1 / 2], [1 / 2, 1 / 2, 0, 1 / 3], [1 / 3] * 3 + [0]])
"""From the best four of a file (rows) to what the others say of its first, second, third and fourth: a
harmonic share less each."""


class Candidate(NamedTuple):
    """A unit that may answer, by what the store knows of it; a tuple as StoredUnit is."""

    unit_id: int
    content_id: int
    path: str
    kind: Kind
    name: str
    qualname: str
    lines: int
    code_base: int = 0
    """Which of several that are searched together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the searches said."""

    lexical: Mapping[int, float]
    """BM25 by unit id."""
    semantic: Mapping[int, float]
    """Cosine in the instant space by content id."""
    deep: Mapping[int, float]
    """Cosine in the deep space by content id; empty without that tier."""
    document_counts: Mapping[str, int]
    """In how many units each query term occurs."""
    unit_count: int
    interaction: Interaction
    """Of the question's words with those of the candidates, in their order."""
    shape: Likeness
    """Of the question's shape with those of the candidates, in their order."""
    usual_cosine: float = 0.0
    """Cosine in the instant space that code of others comes to; 0 where the model does not know."""


def rarity(document_count: int, unit_count: int) -> float:
    """Inverse document frequency; what occurs nowhere weighs like the rarest."""
    return math.log(1 + max(unit_count, 1) / (1 + document_count))


def term_weights(query: ParsedQuery, evidence: Evidence) -> dict[str, float]:
    """Inverse document frequency of each query term."""
    return {term: rarity(evidence.document_counts.get(term, 0), evidence.unit_count) for term in query.terms}


def word_weights(query: ParsedQuery, document_counts: Mapping[str, int], unit_count: int) -> dict[str, float]:
    """Inverse document frequency of each query word, by its stem."""
    return {word: rarity(document_counts.get(stem(word), 0), unit_count) for word in query.words}


def likeness(query: ParsedQuery, stored: Sequence[bytes]) -> Likeness:
    """Shapes and gists of candidates compared with the query's, where it has them: in pseudocode and code."""
    match query.mode:
        case Mode.PSEUDOCODE:
            asked = shape_of_words(query.text)
        case Mode.CODE:
            asked = shapes([shape_of_code("", query.text)])[0]
        case _:
            return Likeness.nothing(len(stored))
    return compare(shapes([shape[:SIZE] for shape in stored]), asked, _gist_cosines(query, stored))


def likeness_of_steps(query: ParsedQuery, stored: Sequence[bytes]) -> Float32:
    """How alike the gists of candidates are to the query's: the best 1, half of them 0, (n,)."""
    return _told(_gist_cosines(query, stored))


def _gist_cosines(query: ParsedQuery, stored: Sequence[bytes]) -> Float32:
    known = gist.load_gist()
    reader = known.words if query.mode is Mode.PSEUDOCODE else known.code
    return gist.likeness([shape[SIZE:] for shape in stored], reader.vectors([query.text])[0])


def _told(cosines: Float32) -> Float32:
    """Stretched and squared: a few points more say much where a gist is near, and nothing where it is not."""
    return _stretched(cosines) ** 2


def feature_matrix(query: ParsedQuery, candidates: Sequence[Candidate], evidence: Evidence) -> Float32:
    """Features of all candidates: (len(candidates), len(FEATURES)), but for what needs an order first.

    `coherence` is left to `coherence()`, `cross` to cross.py.
    """
    weights = term_weights(query, evidence)
    best_lexical = max(*evidence.lexical.values(), 1e-9, 0.0)
    wants_tests = bool({"test", "spec", "mock", "fixtur"} & set(query.terms))
    said = evidence.interaction
    spelt = _spelling(query, candidates)
    mentions = Mentions.of(query.text)
    total = sum(weights.values())
    by_path = {path: file_signs(path, weights, total, mentions) for path in {c.path for c in candidates}}
    files = [by_path[c.path] for c in candidates]
    semantic, deep = (_cosines(found, candidates) for found in (evidence.semantic, evidence.deep))
    columns: dict[str, Float32 | list[float]] = {
        # BM25 over all fields, relative to the best.
        "lexical": [evidence.lexical.get(c.unit_id, 0.0) / best_lexical for c in candidates],
        # Cosines as they are, and stretched: models differ in where they put zero, queries in their spread.
        "semantic": _stretched(semantic),
        "semantic_cosine": semantic,
        "deep": _stretched(deep),
        "deep_cosine": deep,
        # What late interaction says, relative to the best as well.
        "late": said.whole / max(float(said.whole.max(initial=0.0)), 1e-6),
        "late_share": said.whole,
        "late_name": said.name,
        "late_doc": said.doc,
        "late_body": said.body,
        "late_context": said.context,
        "exact": said.exact,
        "name_fit": said.name_fit,
        # Likeness of shape, for pseudocode and code.
        "shape_overlap": evidence.shape.overlap,
        "shape_covered": evidence.shape.covered,
        "shape_present": evidence.shape.present,
        "shape_direction": evidence.shape.direction,
        "shape_length": evidence.shape.length,
        "shape_gist": _told(evidence.shape.gist),
        "shape_gist_cosine": np.maximum(evidence.shape.gist, 0.0) ** 2,
        # What the path says, see FileSigns.
        "path": [file.path for file in files],
        "file_fit": [file.fit for file in files],
        # Names that the query mentions as such.
        "mention": [mentions.name(c.name) for c in candidates],
        "mention_scope": [mentions.scopes(c.qualname, c.name) for c in candidates],
        "mention_file": [file.mention for file in files],
        # Likeness of spelling, for symbols.
        "spelling_pieces": spelt[:, 0],
        "spelling_letters": spelt[:, 1],
        "spelling_words": spelt[:, 2],
        "spelling_short": spelt[:, 3],
        "callable": [float(c.kind in CALLABLE) for c in candidates],
        "type": [float(c.kind in CLASS_LIKE) for c in candidates],
        # Length: one line 0, a thousand 1.
        "size": [min(math.log10(max(c.lines, 1)) / 3, 1.0) for c in candidates],
        "aside": [file.aside for file in files],
        "test": [0.0 if wants_tests else file.test for file in files],
        # See coherence() and cross.py.
        "coherence": np.zeros(len(candidates), np.float32),
        "cross": np.zeros(len(candidates), np.float32),
    }
    return np.stack([np.asarray(columns[name], np.float32) for name in FEATURES], axis=1)


def file_numbers(candidates: Sequence[Candidate]) -> npt.NDArray[np.int64]:
    """The file of each candidate, (n,): numbers from 0 in the order of their first candidates."""
    numbers: dict[tuple[int, str], int] = {}
    return np.array([numbers.setdefault((c.code_base, c.path), len(numbers)) for c in candidates], np.int64)


def coherence(candidates: Sequence[Candidate], scores: Float32) -> Float32:
    """How well the rest of each candidate's file answers, relative to the best file: (n,).

    A file whose other functions answer too is about the subject. Of the others' scores (n,) the best three
    count, each rank a harmonic share less.
    """
    files = file_numbers(candidates)
    count = int(files.max(initial=-1)) + 1
    own = np.maximum(scores, 0.0).astype(np.float64)
    order = np.lexsort((-own, files))
    starts = np.searchsorted(files[order], np.arange(count))
    places = np.empty(len(candidates), np.int64)
    places[order] = np.arange(len(candidates)) - starts[files[order]]
    best = np.zeros((count, 4))
    leading = places < 4
    best[files[leading], places[leading]] = own[leading]
    sums: Float32 = (best @ _OF_OTHERS)[files, np.minimum(places, 3)].astype(np.float32)
    return sums / max(float(sums.max(initial=0.0)), 1e-6)


def _cosines(found: Mapping[int, float], candidates: Sequence[Candidate]) -> Float32:
    """The candidates' cosines (n,); those that have no vector yet are taken for average ones."""
    cosines = np.array([found.get(c.content_id, np.nan) for c in candidates], np.float32)
    unknown = np.isnan(cosines)
    if unknown.any():
        cosines[unknown] = 0.0 if unknown.all() else _median(cosines[~unknown])
    return cosines


def _median(values: Float32) -> float:
    """Of at least one value; numpy's own takes ten times as long for a hundred of them."""
    ordered = np.sort(values)
    middle = ordered[(len(values) - 1) // 2 : len(values) // 2 + 1]
    return float(middle.sum()) / len(middle)


def _stretched(cosines: Float32) -> Float32:
    """Cosines (n,) from their median (0) to their maximum (1)."""
    if not cosines.any():
        return cosines
    low = _median(cosines)
    stretched: Float32 = (cosines - low) / max(float(cosines.max()) - low, 0.05)
    return stretched.clip(0.0, 1.0)


def _spelling(query: ParsedQuery, candidates: Sequence[Candidate]) -> Float32:
    """Likeness to the candidates' names by each of its measures, (n, 4); zeros unless it is one."""
    if query.mode is not Mode.SYMBOL:
        return np.zeros((len(candidates), 4), np.float32)
    from mindgap_indexer.ranking import spelling  # not at the top: most queries are no names

    # By its name or by its qualified name, where that is more alike.
    names, qualnames = [c.name for c in candidates], [c.qualname for c in candidates]
    places = {name: place for place, name in enumerate(dict.fromkeys(names + qualnames))}
    found = spelling.likeness(query.text, list(places))
    by_name, by_qualname = (found[[places[name] for name in those]] for those in (names, qualnames))
    best: Float32 = np.maximum(by_name, by_qualname)
    return best
