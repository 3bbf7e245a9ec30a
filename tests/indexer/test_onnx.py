"""The deep model that ships: real encoding, and every way in which it can be missing or damaged."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer import IndexOptions
from mindgap_indexer.encoding import EmbeddingModel, load_deep, load_deep_default, load_onnx
from mindgap_indexer.encoding.model import DEFAULT_DEEP_MODEL, made_by_default_deep
from mindgap_indexer.encoding.onnx_model import (
    CrossModel,
    CrossSettings,
    OnnxModel,
    OnnxSettings,
    is_onnx_model,
    read_onnx_model,
    stored_space,
    write_onnx_model,
)
from mindgap_indexer.encoding.tensors import pack
from mindgap_indexer.encoding.word_pieces import WordTable
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Passage, Tier
from mindgap_indexer.workspace import Workspace

CROSS = CrossModel(b"a cross graph", CrossSettings(question_tokens=8, unit_tokens=16))
SMALL = OnnxModel(
    b"a graph",
    WordTable(np.ones((2, 8), np.int8), np.ones((2, 1), np.float32)).to_bytes(),
    '{"version": "1.0", "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}}',
    OnnxSettings(8, unit_tokens=16, query_tokens=8),
    CROSS,
)


def passage(name: str, body: str) -> Passage:
    return Passage(name, name, f"def {name}():", "", body, "python")


UNITS = [
    passage("send_mail", "smtp.connect(host)\nsmtp.deliver(message)"),
    passage("add", "return a + b"),
    passage("read_lines", "with open(path) as file:\n    return file.read().splitlines()" * 40),
]


@pytest.fixture(scope="module")
def shipped() -> EmbeddingModel:
    return load_deep_default(threads=2)


def test_shipped_model_finds_by_meaning(shipped: EmbeddingModel) -> None:
    units = shipped.embed_units(UNITS)
    assert units.shape == (3, shipped.dimension)
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1, atol=1e-5)
    questions = ["deliver an email", "sum of two numbers", "load a text file line by line"]
    assert (shipped.embed_queries(questions) @ units.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_vector_depends_on_its_text_alone(shipped: EmbeddingModel) -> None:
    together = shipped.embed_units(UNITS)
    alone = [load_deep_default(threads=1).embed_units([unit])[0] for unit in UNITS]
    np.testing.assert_array_equal(together, alone)


def test_any_text_is_taken(shipped: EmbeddingModel) -> None:
    weird = ["", "  \n", "\ud800 broken", "日本語のコメント", "x" * 100_000, "a " * 5_000, "\x00\x01"]
    vectors = shipped.embed_queries(weird)
    assert np.isfinite(vectors).all()
    assert shipped.embed_queries([]).shape == (0, shipped.dimension)


def test_only_the_first_tokens_are_read(shipped: EmbeddingModel) -> None:
    start = "word " * 200
    same, other = shipped.embed_queries([start + "one ending", start + "quite another"])
    np.testing.assert_array_equal(same, other)


def test_settings_tell_the_fingerprint(shipped: EmbeddingModel) -> None:
    assert stored_space(DEFAULT_DEEP_MODEL) == shipped.fingerprint
    assert made_by_default_deep(shipped.fingerprint)
    assert not made_by_default_deep("0123456789abcdef")


def test_shipped_model_has_its_card_and_size() -> None:
    files = {path.name: path.stat().st_size for path in DEFAULT_DEEP_MODEL.iterdir()}
    assert files.keys() == {
        "MODEL_CARD.md",
        "config.json",
        "cross.onnx",
        "model.onnx",
        "projection.safetensors",
        "tokenizer.json",
        "words.safetensors",
    }
    assert sum(files.values()) <= 35_000_000


def test_fingerprint_names_everything() -> None:
    others = [
        dataclasses.replace(SMALL, graph=b"another graph"),
        dataclasses.replace(SMALL, words=b"other words"),
        dataclasses.replace(SMALL, tokenizer="{}"),
        dataclasses.replace(SMALL, settings=OnnxSettings(8, unit_tokens=17, query_tokens=8)),
    ]
    assert len({model.fingerprint for model in [SMALL, *others]}) == 5


def test_the_cross_encoder_does_not_change_the_name_of_vectors() -> None:
    assert dataclasses.replace(SMALL, cross=None).fingerprint == SMALL.fingerprint


@pytest.mark.parametrize("cross", [CROSS, None])
def test_folder_round_trip(tmp_path: Path, cross: CrossModel | None) -> None:
    small = dataclasses.replace(SMALL, cross=cross)
    write_onnx_model(tmp_path, small)
    model, heads = read_onnx_model(tmp_path)
    assert model == small
    assert (heads.base, heads.dimension) == (SMALL.fingerprint, 8)
    assert is_onnx_model(tmp_path)
    assert not is_onnx_model(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["model.onnx", "words.safetensors", "tokenizer.json", "projection.safetensors", "cross.onnx"]
)
def test_a_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    write_onnx_model(tmp_path, SMALL)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b" ")
    with pytest.raises(ModelError, match=rf"{name} is not the file that belongs to this model.*Install"):
        read_onnx_model(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "config.json"])
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    write_onnx_model(tmp_path, SMALL)
    (tmp_path / name).unlink()
    with pytest.raises(ModelError, match=f"{name} cannot be read"):
        read_onnx_model(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 99}, "Update Mindgap"),
        ({"kind": "static"}, "Update Mindgap"),
        ({"sha256": None}, "names no hashes"),
        ({"settings": {"dimension": 8}}, "incomplete"),
        ({"settings": None}, "incomplete"),
        ({"cross": {}}, "incomplete"),
    ],
)
def test_unusable_settings_are_said(tmp_path: Path, change: dict[str, object], said: str) -> None:
    write_onnx_model(tmp_path, SMALL)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | change))
    with pytest.raises(ModelError, match=said):
        read_onnx_model(tmp_path)


def test_words_and_tokenisers_that_are_none_are_said(tmp_path: Path) -> None:
    write_onnx_model(tmp_path / "words", dataclasses.replace(SMALL, words=pack({}, {})))
    with pytest.raises(ModelError, match=r"words.safetensors holds no vectors of word pieces"):
        load_onnx(tmp_path / "words")
    write_onnx_model(tmp_path / "tokeniser", dataclasses.replace(SMALL, tokenizer="{}"))
    with pytest.raises(ModelError, match="tokenizer cannot be read"):
        load_onnx(tmp_path / "tokeniser")


def test_the_cross_encoder_tells_right_from_wrong(shipped: EmbeddingModel) -> None:
    assert shipped.cross is not None
    readings = shipped.cross.readings(UNITS)
    questions = ["deliver an email", "sum of two numbers", "load a text file line by line"]
    logits = np.stack([shipped.cross.logits(question, readings) for question in questions])
    assert logits.argmax(axis=1).tolist() == logits.argmax(axis=0).tolist() == [0, 1, 2]


def test_a_logit_depends_on_question_and_unit_alone(shipped: EmbeddingModel) -> None:
    cross, alone = shipped.cross, load_deep_default(threads=1).cross
    assert cross is not None
    assert alone is not None
    readings = cross.readings([*UNITS, passage("empty", "")])
    together = cross.logits("sum of two numbers", readings)
    assert together.tolist() == [alone.logits("sum of two numbers", [reading])[0] for reading in readings]
    assert cross.logits("sum of two numbers", []).shape == (0,)


def test_a_reading_is_short(shipped: EmbeddingModel) -> None:
    assert shipped.cross is not None
    # 128 word pieces of two bytes.
    assert max(map(len, shipped.cross.readings(UNITS))) == 256


def test_a_graph_that_is_none_is_said(tmp_path: Path) -> None:
    write_onnx_model(tmp_path, SMALL)
    with pytest.raises(ModelError, match="cannot load the deep model"):
        load_onnx(tmp_path)


def test_without_onnxruntime_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"needs onnxruntime.*pip install 'mindgap\[deep\]'"):
        load_deep("default")


def test_auto_answers_with_the_deep_vectors_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "mail.py").write_text("def send_mail(message):\n    smtp.deliver(message)\n")
    with Workspace.open(tmp_path) as workspace:
        workspace.index()
        assert workspace.search("deliver an email", tier=Tier.AUTO).hits
        assert workspace.status().deep_encoder is None
        assert workspace.deepen() > 0
    with Workspace.open(tmp_path, IndexOptions()) as workspace:
        deep = workspace.search("deliver an email", tier=Tier.AUTO)
        instant = workspace.search("deliver an email", tier=Tier.INSTANT)
        assert workspace.status().deep_encoder == stored_space(DEFAULT_DEEP_MODEL)
    assert deep.hits[0].name == instant.hits[0].name == "send_mail"
    assert deep.hits[0].score != instant.hits[0].score
