"""Writing a BERT as ONNX: the graph computes what the model computes, in float and nearly so in int8."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from mindgap_indexer.encoding import load_onnx
from mindgap_indexer.encoding.onnx_model import write_onnx_model
from mindgap_training.deep.bert import Bert, read_bert
from mindgap_training.deep.export import onnx_model
from mindgap_training.errors import TrainingDataError
from mindgap_training.export import wordpiece_tokenizer

WIDTH, LAYERS, HEADS = 32, 2, 4
TEXTS = ["read the file", "write the big file now", "file"]


def tiny_weights(vocabulary: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": random(vocabulary, WIDTH),
        "embeddings.position_embeddings.weight": random(64, WIDTH),
        "embeddings.token_type_embeddings.weight": random(2, WIDTH),
        "pooler.dense.weight": random(WIDTH, WIDTH),
    }
    sizes = {
        "attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH),
    }  # fmt: skip
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part, shape in sizes.items():
            weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"] = (
                random(*shape),
                random(shape[0]),
            )
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = 1 + random(WIDTH), random(WIDTH)
    return weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer = json.loads(wordpiece_tokenizer(["read", "the", "file", "write", "big", "now"]))
    tokenizer |= {"pre_tokenizer": {"type": "BertPreTokenizer"}, "truncation": None}
    config = {
        "model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "layer_norm_eps": 1e-12, "hidden_size": WIDTH,
        "intermediate_size": 4 * WIDTH, "vocab_size": 7, "max_position_embeddings": 64,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    (tmp_path / "model.safetensors").write_bytes(safetensors.numpy.save(tiny_weights(7)))
    return tmp_path


def embed(bert: Bert, folder: Path, *, quantised: bool) -> np.ndarray:
    write_onnx_model(folder, onnx_model(bert, unit_tokens=16, query_tokens=16, quantised=quantised))
    return load_onnx(folder, threads=1).embed_queries(TEXTS)


def test_graph_computes_what_bert_computes(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    reference = transformers.BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    bert = read_bert(folder)
    ids = [
        [{"read": 1, "the": 2, "file": 3, "write": 4, "big": 5, "now": 6}[w] for w in t.split()]
        for t in TEXTS
    ]
    with torch.no_grad():
        means = [reference(torch.tensor([row])).last_hidden_state[0].mean(0) for row in ids]
    expected = torch.nn.functional.normalize(torch.stack(means)).numpy()
    np.testing.assert_allclose(embed(bert, folder / "exact", quantised=False), expected, atol=1e-5)


def test_int8_stays_near(folder: Path) -> None:
    bert = read_bert(folder)
    exact = embed(bert, folder / "exact", quantised=False)
    near = embed(bert, folder / "int8", quantised=True)
    assert (exact * near).sum(axis=1).min() > 0.98
    assert (folder / "int8" / "model.onnx").stat().st_size < (
        folder / "exact" / "model.onnx"
    ).stat().st_size / 2


def test_export_is_deterministic(folder: Path) -> None:
    assert onnx_model(read_bert(folder)) == onnx_model(read_bert(folder))


def test_other_architectures_are_refused(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "roberta"}))
    with pytest.raises(TrainingDataError, match="is no BERT model"):
        read_bert(folder)
