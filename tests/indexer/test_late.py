from __future__ import annotations

import numpy as np
import pytest

from mindgap_indexer.encoding import load_default
from mindgap_indexer.encoding.tokens import (
    MAX_TOKENS,
    TOKEN,
    Field,
    QueryTokens,
    TokenSpace,
    unpack,
    weights_of,
)
from mindgap_indexer.ranking.late import Interaction, interact, token_weights

FIELDS = (
    ((Field.NAME, "parse_header"), (Field.BODY, "split the line at the colon and strip both halves")),
    ((Field.NAME, "draw_circle"), (Field.BODY, "for angle in steps: plot radius, angle")),
)


@pytest.fixture(scope="module")
def space() -> TokenSpace:
    found = load_default().tokens
    assert found is not None
    return found


def ask(space: TokenSpace, words: list[str]) -> Interaction:
    return interact(space, space.query(words), dict.fromkeys(words, 1.0), [space.pack(f) for f in FIELDS])


def test_same_words_are_met_exactly_and_in_their_field(space: TokenSpace) -> None:
    said = ask(space, ["parse", "header"])
    assert said.exact.tolist() == [1.0, 0.0]
    assert said.name[0] == pytest.approx(1.0)
    assert said.name_fit[0] == pytest.approx(1.0)
    assert said.body[0] < said.name[0]
    assert said.whole[0] > said.whole[1]


def test_similar_words_are_met_in_part(space: TokenSpace) -> None:
    said = ask(space, ["paint", "round"])
    assert said.exact.tolist() == [0.0, 0.0]
    assert said.whole[1] > said.whole[0]


def test_rare_words_count_more(space: TokenSpace) -> None:
    words = ["header", "circle"]
    blobs = [space.pack(fields) for fields in FIELDS]
    said = interact(space, space.query(words), {"header": 0.1, "circle": 5.0}, blobs)
    assert said.whole[1] > said.whole[0]


def test_nothing_known_says_nothing(space: TokenSpace) -> None:
    said = interact(space, space.query(["header"]), {"header": 1.0}, [b"", b""])
    assert said.whole.tolist() == said.name_fit.tolist() == [0.0, 0.0]
    assert interact(space, space.query([]), {}, [space.pack(FIELDS[0])]).whole.tolist() == [0.0]


def test_similarities_are_cosines_in_the_shared_space(space: TokenSpace) -> None:
    query = space.query(["parse", "circle"])
    ids = np.unique(unpack([space.pack(FIELDS[0])])[0]["id"].astype(np.int64))
    cosines = space.similarities(ids, query)
    assert cosines.shape == (len(ids), 2)
    assert np.abs(cosines).max() <= 1 + 1e-5
    assert np.array_equal(cosines, space.similarities(ids, query))


def test_the_heaviest_words_of_a_giant_unit_are_kept(space: TokenSpace) -> None:
    body = " ".join(a + b + c for a in "bdfkmp" for b in "aeiou" for c in "lnrstbdfkmp")
    packed = space.pack([(Field.NAME, "zebra"), (Field.BODY, body)])
    tokens, counts = unpack([packed])
    assert counts.tolist() == [MAX_TOKENS]
    assert len(packed) == MAX_TOKENS * TOKEN.itemsize
    weights = weights_of(tokens)
    assert (np.diff(weights) <= 0).all()
    assert Field.NAME in set(tokens["fields"].tolist())


def test_the_pieces_of_a_word_share_its_weight() -> None:
    query = QueryTokens(
        ids=np.arange(3),
        words=("parser", "parser", "line"),
        vectors=np.zeros((3, 4), np.float32),
        weights=np.full(3, 4.0, np.float32),
    )
    assert token_weights(query, {"parser": 3.0, "line": 1.0}).tolist() == [3.0, 3.0, 2.0]
