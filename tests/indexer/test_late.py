from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.encoding.model import DEFAULT_MODEL
from mindgap_indexer.encoding.static import StaticEncoder
from mindgap_indexer.encoding.static_model import read_static_model
from mindgap_indexer.encoding.token_heads import TokenHeads
from mindgap_indexer.encoding.tokens import (
    MAX_TOKENS,
    TOKEN,
    Field,
    QueryTokens,
    TokenSpace,
    unpack,
    weights_of,
)
from mindgap_indexer.errors import ModelError
from mindgap_indexer.ranking.late import CONTEXT_SHARE, Interaction, interact, token_weights

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
    return interact(space, space.query(words), dict.fromkeys(words, 1.0), space.pack(FIELDS), [0, 1])


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
    blobs = space.pack(FIELDS)
    said = interact(space, space.query(words), {"header": 0.1, "circle": 5.0}, blobs, [0, 1])
    assert said.whole[1] > said.whole[0]


def test_nothing_known_says_nothing(space: TokenSpace) -> None:
    said = interact(space, space.query(["header"]), {"header": 1.0}, [b"", b""], [0, 0])
    assert said.whole.tolist() == said.name_fit.tolist() == [0.0, 0.0]
    assert interact(space, space.query([]), {}, space.pack(FIELDS[:1]), [0]).whole.tolist() == [0.0]


def test_similarities_are_cosines_in_the_shared_space(space: TokenSpace) -> None:
    query = space.query(["parse", "circle"])
    ids = np.unique(unpack(space.pack(FIELDS[:1]))[0]["id"].astype(np.int64))
    cosines = space.similarities(ids, query)
    assert cosines.shape == (len(ids), 2)
    assert np.abs(cosines).max() <= 1 + 1e-5
    assert np.array_equal(cosines, space.similarities(ids, query))


def test_the_heaviest_words_of_a_giant_unit_are_kept(space: TokenSpace) -> None:
    body = " ".join(a + b + c for a in "bdfkmp" for b in "aeiou" for c in "lnrstbdfkmp")
    [packed] = space.pack([[(Field.NAME, "zebra"), (Field.BODY, body)]])
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


def test_what_the_rest_of_the_file_says_counts_in_part(space: TokenSpace) -> None:
    blobs = space.pack([[(Field.NAME, name)] for name in ("parse_header", "draw_circle", "draw_circle")])
    words = ["draw", "header"]
    said = interact(space, space.query(words), dict.fromkeys(words, 1.0), blobs, [0, 0, 1])
    assert said.whole[1] == said.whole[2]
    assert said.context[1] > said.context[2] == pytest.approx(said.whole[2])
    assert said.context[1] == pytest.approx(said.whole[1] + CONTEXT_SHARE * said.whole[0], rel=0.1)


def test_heads_of_words_are_read_back(space: TokenSpace, tmp_path: Path) -> None:
    table = read_static_model(DEFAULT_MODEL)[0].table
    wide = table.rows.shape[1]
    numbers = np.random.default_rng(1)
    heads = TokenHeads(
        numbers.normal(size=(8, wide)).astype(np.float32),
        numbers.normal(size=(8, wide)).astype(np.float32),
        np.ones(len(table.rows), np.float32),
    )
    again = TokenHeads.from_bytes(heads.to_bytes(), table, tmp_path)
    rows = table.rows[1000:1005].astype(np.float32)
    assert np.array_equal(again.turn_queries(rows), heads.turn_queries(rows))
    questions = rows @ heads.query.T
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    assert np.allclose(rows @ heads.turn_queries(rows).T, heads.map_units(rows) @ questions.T, rtol=1e-3)


def test_heads_of_another_table_are_refused(tmp_path: Path) -> None:
    table = read_static_model(DEFAULT_MODEL)[0].table
    square = np.eye(4, dtype=np.float32)
    other = TokenHeads(square, square, np.ones(len(table.rows), np.float32))
    with pytest.raises(ModelError, match="no heads for the words of this model"):
        TokenHeads.from_bytes(other.to_bytes(), table, tmp_path / "tokens.safetensors")


def test_without_trained_heads_words_are_compared_as_texts_are() -> None:
    model, projection = read_static_model(DEFAULT_MODEL)
    plain = EmbeddingModel(StaticEncoder(model), projection).tokens
    assert plain is not None
    query = plain.query(["circle"])
    ids = np.array([plain.query(["round"]).ids[0]])
    row = model.table.rows[ids].astype(np.float32)
    unit = row @ projection.units["weight"].T
    question = model.table.rows[query.ids].astype(np.float32) @ projection.query["weight"].T
    expected = (unit @ question.T) / np.linalg.norm(unit) / np.linalg.norm(question)
    assert plain.similarities(ids, query) == pytest.approx(expected, abs=1e-4)
