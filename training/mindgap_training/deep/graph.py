"""The ONNX graph of a BERT sentence encoder: one text in, one vector of length 1 out, weights in int8."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from mindgap_training.deep.bert import Bert

OPSET = 20
IR_VERSION = 10
"""Read by every onnxruntime since 1.18."""
WEIGHT_PEAK = 63
"""Weights use 7 of the 8 bits: with 8, the sums of two products overflow 16 bits on processors without VNNI,
and the same text would get another vector there."""

INPUT, OUTPUT = "ids", "vector"

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


def sentence_graph(bert: Bert, positions: int, *, quantised: bool = True) -> onnx.ModelProto:
    """A model that takes the token ids (t,) of one text, at most `positions`, and gives its vector (d,).

    One text at a time: its vector then depends on nothing else, nothing is padded, and on one core a batch
    would not be faster.
    """
    builder = _BertGraph(bert, quantised)
    output = builder.build(positions)
    graph = helper.make_graph(
        builder.graph.nodes,
        "sentence encoder",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["tokens"])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [bert.dimension])],
        builder.graph.constants,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mindgap", ir_version=IR_VERSION
    )


class _BertGraph:
    def __init__(self, bert: Bert, quantised: bool) -> None:
        self.graph = _Graph()
        self._bert, self._quantised = bert, quantised
        self._dimension, self._heads = bert.dimension, bert.shape.heads

    def build(self, positions: int) -> str:
        g = self.graph
        x = self._embed(positions)
        for layer in range(self._bert.shape.layers):
            x = self._layer(x, f"encoder.layer.{layer}")
        mean = g.add("ReduceMean", x, g.constant("first axis", np.array([0])), keepdims=0)
        norm = g.add("ReduceL2", mean, keepdims=1)
        g.nodes.append(helper.make_node("Div", [mean, norm], [OUTPUT], OUTPUT))
        return OUTPUT

    def _embed(self, positions: int) -> str:
        g, w = self.graph, self._bert.weights
        words = self._gather("words", w["embeddings.word_embeddings.weight"])
        # Every token is of the first segment, so its vector joins the positions'.
        places = w["embeddings.position_embeddings.weight"][:positions]
        table = g.constant("positions", places + w["embeddings.token_type_embeddings.weight"][0])
        zero = g.constant("zero", np.array([0]))
        place = g.add("Slice", table, zero, g.add("Shape", INPUT))
        return self._normalise(g.add("Add", words, place), "embeddings.LayerNorm")

    def _gather(self, name: str, table: npt.NDArray[np.float32]) -> str:
        g = self.graph
        if not self._quantised:
            return g.add("Gather", g.constant(name, table), INPUT)
        scales = np.abs(table).max(axis=1, keepdims=True) / 127
        rows = np.rint(table / np.maximum(scales, 1e-12)).astype(np.int8)
        picked = g.add("Gather", g.constant(name, rows), INPUT)
        factors = g.add("Gather", g.constant(f"{name} scales", scales), INPUT)
        return g.add("Mul", g.add("Cast", picked, to=TensorProto.FLOAT), factors)

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
