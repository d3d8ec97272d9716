"""ONNX Runtime after its static quantisation: bytes, weights of 8 bits an output, ranges from the rows themselves."""

import os
import tempfile

import numpy as np
import onnx
from onnx import TensorProto
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from runtimes.model import versions
from runtimes.onnx_graph import ROWS, onnx_graph
from runtimes.onnx_runtime import bound_session

VERSIONS = versions("onnxruntime", "onnx")
FORMATS = {"QDQ": QuantFormat.QDQ, "QOperator": QuantFormat.QOperator}
CALIBRATION_ROWS = 256


class Rows(CalibrationDataReader):
    def __init__(self, rows):
        self.batches = iter([{ROWS: rows[:CALIBRATION_ROWS].astype(np.float32)}])

    def get_next(self):
        return next(self.batches, None)


class Runtime:
    VARIANTS = tuple(f"{name}, {kind}" for name in FORMATS for kind in ("bytes in", "bytes in, converted and quantised"))

    def __init__(self, layers, rows):
        self.layers, self.rows = layers, rows
        self.models = {}

    def prepare(self, variant, batch):
        name, kind = variant.split(", ", 1)
        if name not in self.models:
            self.models[name] = self.quantised(FORMATS[name])
        model = onnx.ModelProto()
        model.CopyFrom(self.models[name])
        take_bytes(model, directly=kind == "bytes in")
        run, scores, _kept = bound_session(model, self.rows[:batch], len(self.layers[-1].bias))
        return run, lambda: scores if _kept else None

    def quantised(self, format):
        with tempfile.TemporaryDirectory() as folder:
            source, target = (os.path.join(folder, name) for name in ("float.onnx", "int8.onnx"))
            onnx.save(onnx_graph(self.layers, "batch", takes_bytes=False), source)
            # One bit less for the weights, as its documentation advises where the processor has no VNNI: sums of two products
            # would overflow 16 bits. It is as fast with 8.
            quantize_static(
                source, target, Rows(self.rows), quant_format=format, per_channel=True, reduce_range=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=["Gemm", "Relu"])
            return onnx.load(target)


def take_bytes(model, directly):
    """Rows of floats become rows of bytes: cast first, or directly as what the first quantisation would make of them."""
    graph = model.graph
    graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    if not directly:
        for node in graph.node:
            node.input[:] = ["floats" if name == ROWS else name for name in node.input]
        graph.node.insert(0, onnx.helper.make_node("Cast", [ROWS], ["floats"], to=TensorProto.FLOAT))
        return
    first = next(node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == ROWS)
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    scale, zero = (constants[name] for name in first.input[1:3])
    if not (abs(scale - 1) < 1e-6 and zero == 0):
        raise ValueError(f"the rows' own scale is {scale}, their zero {zero}; bytes need 1 and 0: a row has no 0 or no 255")
    for node in graph.node:
        node.input[:] = [ROWS if name == first.output[0] else name for name in node.input]
    graph.node.remove(first)
