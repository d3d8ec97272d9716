"""Scores one digit: prints the label, then the bits of each score."""
import sys

import numpy

import nnscore

if len(sys.argv) != 3:
    sys.exit("usage: example.py MODEL.safetensors PIXELS")
try:
    model = nnscore.Model(sys.argv[1])
    scores = model.score(numpy.fromfile(sys.argv[2], numpy.uint8).reshape(1, -1))
except (nnscore.Error, OSError, ValueError) as error:
    sys.exit(f"embed-python: {error}")
print(f"{model.name}@{model.number} says {model.predicted_label(scores[0])}")
print(*(f"{bits:08x}" for bits in scores[0].view(numpy.uint32)))
