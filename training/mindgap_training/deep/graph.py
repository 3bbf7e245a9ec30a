"""The ONNX graphs of a BERT, weights in int8: a text to its vector, a question with a unit to its logit.

Both take the vectors of word pieces instead of their ids, so that they can share one table of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from mindgap_indexer.encoding.word_pieces import WordTable
from mindgap_indexer.types import Float32
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.cross_head import BIAS, MEAN, PRODUCT

OPSET = 20
IR_VERSION = 10
"""Read by every onnxruntime since 1.18."""
WEIGHT_PEAK = 63
"""Weights use 7 of the 8 bits: with 8, the sums of two products overflow 16 bits on processors without VNNI,
and the same text would get another vector there."""

WORDS, QUESTION = "words", "question"
"""The inputs: vectors of word pieces (t, d); how many of them, with the marks around, are the question's."""
VECTOR, LOGIT = "vector", "logit"
"""The outputs."""

_Attribute = int | float | list[int] | str


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, array: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: _Attribute) -> str:
        return self.add_many(kind, 1, *inputs, **attributes)[0]

    def add_many(self, kind: str, outputs: int, *inputs: str, **attributes: _Attribute) -> list[str]:
        name = f"{kind}.{len(self.nodes)}"
        names = [f"{name}.{i}" for i in range(outputs)]
        node = helper.make_node(kind, list(inputs), names, name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return names

    def end(self, kind: str, output: str, *inputs: str) -> None:
        """Add the node that gives the graph's output."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output))


def sentence_graph(bert: Bert, positions: int, *, quantised: bool = True) -> onnx.ModelProto:
    """A model that takes one text, at most `positions` word pieces (t, d), and gives its vector (d,).

    One text at a time: its vector then depends on nothing else, nothing is padded, and on one core a batch
    would not be faster.
    """
    builder = _BertGraph(bert, quantised)
    builder.sentence(positions)
    return _model(builder, "sentence encoder", [_words(bert)], VECTOR, [bert.dimension])


def cross_graph(
    bert: Bert, head: Mapping[str, Float32], positions: int, *, quantised: bool = True
) -> onnx.ModelProto:
    """A model that takes a question and a unit, one behind the other, and gives the logit of its answering.

    Together they have at most `positions` word pieces (t, d).
    """
    builder = _BertGraph(bert, quantised)
    builder.cross(positions, head)
    question = helper.make_tensor_value_info(QUESTION, TensorProto.INT64, [])
    return _model(builder, "cross-encoder", [_words(bert), question], LOGIT, [])


def word_table(bert: Bert, *, quantised: bool = True) -> WordTable:
    """The vectors of the word pieces that the graphs take."""
    table = bert.weights["embeddings.word_embeddings.weight"]
    if not quantised:
        return WordTable(table, np.ones((len(table), 1), np.float32))
    scales = np.abs(table).max(axis=1, keepdims=True) / 127
    return WordTable(np.rint(table / np.maximum(scales, 1e-12)).astype(np.int8), scales)


def _words(bert: Bert) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(WORDS, TensorProto.FLOAT, ["tokens", bert.dimension])


def _model(
    builder: _BertGraph, name: str, inputs: Sequence[onnx.ValueInfoProto], output: str, shape: Sequence[int]
) -> onnx.ModelProto:
    result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
    graph = helper.make_graph(builder.graph.nodes, name, inputs, [result], builder.graph.constants)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mindgap", ir_version=IR_VERSION
    )


class _BertGraph:
    def __init__(self, bert: Bert, quantised: bool) -> None:
        self.graph = _Graph()
        self._bert, self._quantised = bert, quantised
        self._dimension, self._heads = bert.dimension, bert.shape.heads

    def sentence(self, positions: int) -> None:
        g = self.graph
        # Every token is of the first segment, so its vector joins the positions'.
        segment = self._bert.weights["embeddings.token_type_embeddings.weight"][0]
        x = self._states(self._embed(positions, segment))
        mean = g.add("ReduceMean", x, self._shared("first axis", np.array([0])), keepdims=0)
        g.end("Div", VECTOR, mean, g.add("ReduceL2", mean, keepdims=1))

    def cross(self, positions: int, head: Mapping[str, Float32]) -> None:
        g = self.graph
        first, second = self._bert.weights["embeddings.token_type_embeddings.weight"]
        count = g.add("Squeeze", g.add("Shape", WORDS, start=0, end=1))
        start, step = g.constant("none", np.array(0)), g.constant("one", np.array(1))
        of_question = g.add("Less", g.add("Range", start, count, step), QUESTION)
        column = g.add("Unsqueeze", of_question, g.constant("columns", np.array([1])))
        of_unit = g.add("Cast", g.add("Not", column), to=TensorProto.FLOAT)
        segments = g.add("Mul", of_unit, g.constant("unit segment", second - first))
        x = self._states(g.add("Add", self._embed(positions, first), segments))
        masks = g.add("Concat", g.add("Cast", column, to=TensorProto.FLOAT), of_unit, axis=1)
        sums = g.add("MatMul", g.add("Transpose", masks, perm=[1, 0]), x)
        zero = self._shared("first axis", np.array([0]))
        question, unit = (
            self._length_one(g.add("Gather", sums, g.constant(f"side {side}", np.array(side)), axis=0))
            for side in (0, 1)
        )
        whole = self._length_one(g.add("ReduceSum", sums, zero, keepdims=0))
        alike = g.add("Mul", g.add("Mul", question, unit), g.constant(PRODUCT, head[PRODUCT]))
        parts = g.add("Add", alike, g.add("Mul", whole, g.constant(MEAN, head[MEAN])))
        bias = g.constant(BIAS, head[BIAS].reshape(()))
        g.end("Add", LOGIT, g.add("ReduceSum", parts, zero, keepdims=0), bias)

    def _states(self, x: str) -> str:
        x = self._normalise(x, "embeddings.LayerNorm")
        for layer in range(self._bert.shape.layers):
            x = self._layer(x, f"encoder.layer.{layer}")
        return x

    def _length_one(self, x: str) -> str:
        return self.graph.add("Div", x, self.graph.add("ReduceL2", x, keepdims=1))

    def _embed(self, positions: int, segment: Float32) -> str:
        g = self.graph
        places = self._bert.weights["embeddings.position_embeddings.weight"][:positions]
        table = g.constant("positions", places + segment)
        zero = self._shared("first axis", np.array([0]))
        return g.add("Add", WORDS, g.add("Slice", table, zero, g.add("Shape", WORDS, start=0, end=1)))

    def _layer(self, x: str, name: str) -> str:
        g = self.graph
        attended = self._linear(self._attend(x, f"{name}.attention.self"), [f"{name}.attention.output.dense"])
        x = self._normalise(g.add("Add", attended, x), f"{name}.attention.output.LayerNorm")
        hidden = g.add("Gelu", self._linear(x, [f"{name}.intermediate.dense"]))
        out = self._linear(hidden, [f"{name}.output.dense"])
        return self._normalise(g.add("Add", out, x), f"{name}.output.LayerNorm")

    def _attend(self, x: str, name: str) -> str:
        g = self.graph
        width = self._dimension // self._heads
        # Query, key and value in one product.
        joined = self._linear(x, [f"{name}.{part}" for part in ("query", "key", "value")])
        shape = self._shared("split heads", np.array([0, 3, self._heads, width]))
        apart = g.add("Transpose", g.add("Reshape", joined, shape), perm=[1, 2, 0, 3])
        query, key, value = (
            g.add("Gather", apart, self._shared(f"part {i}", np.array(i)), axis=0) for i in range(3)
        )
        scale = self._shared("scale", np.array(width**-0.5, np.float32))
        scores = g.add("MatMul", g.add("Mul", query, scale), g.add("Transpose", key, perm=[0, 2, 1]))
        seen = g.add("Transpose", g.add("MatMul", g.add("Softmax", scores, axis=-1), value), perm=[1, 0, 2])
        return g.add("Reshape", seen, self._shared("join heads", np.array([0, self._dimension])))

    def _linear(self, x: str, names: list[str]) -> str:
        g, w = self.graph, self._bert.weights
        weight = np.concatenate([w[f"{name}.weight"] for name in names]).T
        bias = g.constant(f"{names[0]} bias", np.concatenate([w[f"{name}.bias"] for name in names]))
        if not self._quantised:
            return g.add("Add", g.add("MatMul", x, g.constant(names[0], weight)), bias)
        scales = np.abs(weight).max(axis=0) / WEIGHT_PEAK
        rows = np.rint(weight / scales).astype(np.int8)
        # A few tokens have values far beyond all others, and one step must fit the whole text: so each token
        # is brought to 1 before. Halves what int8 loses.
        peak = g.add("ReduceMax", g.add("Abs", x), self._shared("last axis", np.array([-1])), keepdims=1)
        values, step, zero = g.add_many("DynamicQuantizeLinear", 3, g.add("Div", x, peak))
        # The form that onnxruntime fuses into one integer product.
        none = self._shared("no offset", np.array(0, np.int8))
        product = g.add("MatMulInteger", values, g.constant(names[0], rows), zero, none)
        factor = g.add("Mul", step, g.constant(f"{names[0]} scales", scales.astype(np.float32)))
        scaled = g.add("Mul", g.add("Cast", product, to=TensorProto.FLOAT), factor)
        return g.add("Add", g.add("Mul", scaled, peak), bias)

    def _normalise(self, x: str, name: str) -> str:
        g, w = self.graph, self._bert.weights
        weight, bias = (g.constant(f"{name}.{part}", w[f"{name}.{part}"]) for part in ("weight", "bias"))
        return g.add("LayerNormalization", x, weight, bias, axis=-1, epsilon=self._bert.shape.epsilon)

    def _shared(self, name: str, array: npt.NDArray[Any]) -> str:
        known = any(constant.name == name for constant in self.graph.constants)
        return name if known else self.graph.constant(name, array)
