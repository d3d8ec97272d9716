"""Scores NumPy arrays with a model file of nnscore.

    model = nnscore.Model("digits.safetensors")
    scores = model.score(pixels)  # uint8 [count, features] -> float32 [count, outputs]

Rows are read and scores are written where they are, without a copy. A model may be used from any number of threads at once: the
interpreter is free while it scores, and each thread has a scorer of its own.
"""
import ctypes
import os
import pathlib
import threading

import numpy

__all__ = ["Error", "Model"]


class Error(Exception):
    """What the library refused, with its status as `code`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class _Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 512)]


_library = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libnnscore.so")))
_pointer, _size, _status = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int32
for _name, _result, _arguments in [
    ("model_open", _status, [ctypes.c_char_p, ctypes.POINTER(_pointer), ctypes.POINTER(_Error)]),
    ("model_open_memory", _status, [ctypes.c_char_p, _size, ctypes.POINTER(_pointer), ctypes.POINTER(_Error)]),
    ("model_close", None, [_pointer]),
    ("model_element_type", ctypes.c_int32, [_pointer]),
    ("model_features", _size, [_pointer]),
    ("model_outputs", _size, [_pointer]),
    ("model_label_count", _size, [_pointer]),
    ("model_label", ctypes.c_char_p, [_pointer, _size]),
    ("model_name", ctypes.c_char_p, [_pointer]),
    ("model_number", ctypes.c_int64, [_pointer]),
    ("model_digest", ctypes.c_char_p, [_pointer]),
    ("scorer_make", _status, [_pointer, _size, ctypes.POINTER(_pointer), ctypes.POINTER(_Error)]),
    ("scorer_free", None, [_pointer]),
    ("score_uint8", _status, [_pointer, _pointer, _size, _pointer, _size, ctypes.POINTER(_Error)]),
    ("score_float32", _status, [_pointer, _pointer, _size, _pointer, _size, ctypes.POINTER(_Error)]),
    ("model_predicted_label", _size, [_pointer, _pointer]),
]:
    _function = getattr(_library, "nnscore_" + _name)
    _function.restype, _function.argtypes = _result, _arguments


def _call(name, *arguments):
    error = _Error()
    code = getattr(_library, "nnscore_" + name)(*arguments, ctypes.byref(error))
    if code != 0:
        raise Error(code, error.message.decode())


class _Handle:
    """What the library made, freed with this object."""

    def __init__(self, make, free, *arguments):
        self.pointer = _pointer()
        self._free = getattr(_library, "nnscore_" + free)
        _call(make, *arguments, ctypes.byref(self.pointer))

    def __del__(self):
        if getattr(self, "pointer", None):
            self._free(self.pointer)


class Model:
    """The model of a file, every byte of which is checked; or of its bytes, where `source` is bytes."""

    def __init__(self, source):
        if isinstance(source, (bytes, bytearray, memoryview)):
            source = bytes(source)  # of a memoryview of other elements, len would count those
            self._model = _Handle("model_open_memory", "model_close", source, len(source))
        else:
            path = os.fsencode(source)
            if b"\0" in path:
                raise ValueError("the path has a zero byte in it")
            self._model = _Handle("model_open", "model_close", path)
        ask = lambda name, *more: getattr(_library, "nnscore_model_" + name)(self._model.pointer, *more)
        self.dtype = numpy.dtype([numpy.uint8, numpy.float32][ask("element_type")])
        self.features, self.outputs = ask("features"), ask("outputs")
        self.labels = [ask("label", index).decode() for index in range(ask("label_count"))]
        self.name, self.number, self.digest = ask("name").decode(), ask("number"), ask("digest").decode()
        self._scorers = threading.local()

    def score(self, rows, out=None):
        """Scores [count, outputs] of rows [count, features], or [count, height, width, channels] in that order in memory.

        Rows have the model's `dtype` and stand in C order with no gaps; `out`, if given, is a float32 array [count, outputs] of
        that kind, and is what is returned.
        """
        if not isinstance(rows, numpy.ndarray) or rows.dtype != self.dtype:
            raise TypeError(f"rows are {getattr(rows, 'dtype', type(rows).__name__)}; this model takes arrays of {self.dtype}")
        if rows.ndim < 2 or numpy.prod(rows.shape[1:]) != self.features:
            raise ValueError(f"rows have the shape {rows.shape}; this model takes [count, {self.features}]")
        if not rows.flags.c_contiguous:
            raise ValueError("rows are not in C order without gaps; numpy.ascontiguousarray makes such a copy")
        count = rows.shape[0]
        if out is None:
            out = numpy.empty((count, self.outputs), numpy.float32)
        elif not isinstance(out, numpy.ndarray) or out.dtype != numpy.float32 or out.shape != (count, self.outputs) or not out.flags.carray:
            raise ValueError(f"out must be a float32 array [{count}, {self.outputs}] in C order that can be written")
        scorer = getattr(self._scorers, "scorer", None)
        if scorer is None:
            scorer = self._scorers.scorer = _Handle("scorer_make", "scorer_free", self._model.pointer, 1)
        _call(f"score_{self.dtype}", scorer.pointer, rows.ctypes.data, count, out.ctypes.data, out.size)
        return out

    def predicted_label(self, scores):
        """The label that one row of scores speaks for."""
        scores = numpy.ascontiguousarray(scores, numpy.float32)
        if scores.shape != (self.outputs,):
            raise ValueError(f"a row of scores has {self.outputs}; this has the shape {scores.shape}")
        return self.labels[_library.nnscore_model_predicted_label(self._model.pointer, scores.ctypes.data)]
