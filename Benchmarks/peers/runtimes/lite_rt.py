"""LiteRT with XNNPACK on one thread; the model is written as the flat buffer that its converter would make."""

import flatbuffers
import numpy as np
from ai_edge_litert import interpreter, schema_py_generated as schema

from runtimes.model import BEFORE, INSIDE, versions

VERSIONS = versions("ai-edge-litert")


class Runtime:
    VARIANTS = (INSIDE, BEFORE)

    def __init__(self, layers, rows):
        self.layers, self.rows = layers, rows

    def prepare(self, variant, batch):
        rows = self.rows[:batch]
        inside = variant == INSIDE
        runner = interpreter.Interpreter(
            model_content=flat_buffer(self.layers, batch, inside), num_threads=1)
        runner.allocate_tensors()
        source, target = runner.get_input_details()[0]["index"], runner.get_output_details()[0]["index"]
        runner.set_tensor(source, rows if inside else rows.astype(np.float32))

        def converted():
            np.copyto(runner.tensor(source)(), rows)
            runner.invoke()

        # The input stays as it was set: the runtime keeps it.
        return (runner.invoke if inside else converted), lambda: runner.get_tensor(target)


def flat_buffer(layers, batch, takes_bytes):
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    model.operatorCodes = []
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = [], []

    def tensor(name, shape, element=schema.TensorType.FLOAT32, data=None, scale=None):
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name, list(shape), element, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            made.buffer = len(model.buffers)
            model.buffers.append(buffer)
        if scale is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [scale], [0]
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    def operator(code, inputs, output, kind=schema.BuiltinOptions.NONE, options=None):
        kept = schema.OperatorCodeT()
        kept.builtinCode, kept.deprecatedBuiltinCode, kept.version = code, min(code, 127), 2 if code == DEQUANTIZE else 1
        model.operatorCodes.append(kept)
        made = schema.OperatorT()
        made.opcodeIndex = len(model.operatorCodes) - 1
        made.inputs, made.outputs = inputs, [output]
        made.builtinOptionsType, made.builtinOptions = kind, options
        graph.operators.append(made)

    DEQUANTIZE = schema.BuiltinOperator.DEQUANTIZE
    shape = (batch, layers[0].weight.shape[1])
    if takes_bytes:
        rows = tensor("rows", shape, schema.TensorType.UINT8, scale=1.0)
        values = tensor("floats", shape)
        operator(DEQUANTIZE, [rows], values, schema.BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT())
    else:
        rows = values = tensor("rows", shape)
    graph.inputs = [rows]
    for index, layer in enumerate(layers):
        weight = tensor(f"weight{index}", layer.weight.shape, data=layer.weight)
        bias = tensor(f"bias{index}", layer.bias.shape, data=layer.bias)
        sums = tensor(f"sums{index}", (batch, len(layer.bias)))
        options = schema.FullyConnectedOptionsT()
        relu = layer.activation == "relu"
        options.fusedActivationFunction = (
            schema.ActivationFunctionType.RELU if relu else schema.ActivationFunctionType.NONE)
        operator(
            schema.BuiltinOperator.FULLY_CONNECTED, [values, weight, bias], sums,
            schema.BuiltinOptions.FullyConnectedOptions, options)
        values = sums
        if not relu:
            values = tensor(f"values{index}", (batch, len(layer.bias)))
            if layer.activation == "sigmoid":
                operator(schema.BuiltinOperator.LOGISTIC, [sums], values)
            else:
                softmax = schema.SoftmaxOptionsT()
                softmax.beta = 1.0
                operator(
                    schema.BuiltinOperator.SOFTMAX, [sums], values, schema.BuiltinOptions.SoftmaxOptions, softmax)
    graph.outputs = [values]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
