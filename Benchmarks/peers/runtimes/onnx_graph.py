"""The network as an ONNX graph."""

import onnx
from onnx import TensorProto, helper, numpy_helper

ROWS, SCORES = "rows", "scores"
OPERATORS = {"relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax"}


def onnx_graph(layers, batch, takes_bytes):
    """Rows [batch, inputs] to scores [batch, outputs]; the batch may be a name, of any length then."""
    nodes, tensors, values = [], [], ROWS
    if takes_bytes:
        nodes.append(helper.make_node("Cast", [ROWS], ["floats"], to=TensorProto.FLOAT))
        values = "floats"
    for index, layer in enumerate(layers):
        weight, bias = f"weight{index}", f"bias{index}"
        tensors += [numpy_helper.from_array(layer.weight, weight), numpy_helper.from_array(layer.bias, bias)]
        nodes.append(helper.make_node("Gemm", [values, weight, bias], [f"sums{index}"], transB=1, name=f"product{index}"))
        values = SCORES if index == len(layers) - 1 else f"values{index}"
        attributes = {"axis": -1} if layer.activation == "softmax" else {}
        nodes.append(helper.make_node(
            OPERATORS[layer.activation], [f"sums{index}"], [values], name=f"activation{index}", **attributes))
    element = TensorProto.UINT8 if takes_bytes else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "network", [helper.make_tensor_value_info(ROWS, element, [batch, layers[0].weight.shape[1]])],
        [helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, [batch, len(layers[-1].bias)])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
