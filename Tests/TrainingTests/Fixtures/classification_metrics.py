"""Precision, recall, F1, macro averages and ROC AUC by scikit-learn, for ClassificationMetricsTests.swift.

Run: python3 classification_metrics.py > classification_metrics.json   (made with scikit-learn 1.9.1; any from 1.3 on gives it up to rounding)

Scores are rounded to 32 bits, which JSON then holds exactly; those that are few steps apart tie.
"""
import json
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")
random = np.random.default_rng(20)


def number(value):
    return None if np.isnan(value) else float(value)


def case(name, scores, labels, classes):
    """Scores are [count, outputs]: one sigmoid output for two classes, else one a class."""
    scores = np.asarray(scores, dtype=np.float32)
    labels = np.asarray(labels)
    outputs = scores.shape[1]
    predictions = (scores[:, 0] > 0.5).astype(int) if outputs == 1 else scores.argmax(axis=1)
    options = {"labels": list(range(classes)), "zero_division": np.nan}
    area = np.nan
    if classes == 2 and len(set(labels.tolist())) == 2:
        area = metrics.roc_auc_score(labels, scores[:, -1])
    result = {"name": name, "outputs": outputs, "classes": classes, "scores": scores.ravel().tolist(), "labels": labels.tolist()}
    for key, function in [
        ("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score),
    ]:
        result[key] = [number(value) for value in function(labels, predictions, average=None, **options)]
        result["macro_" + key] = number(function(labels, predictions, average="macro", **options))
    result["area"] = number(area)
    return result


def sigmoid(count, steps, shift):
    """Labels, and scores of a few steps that lean towards them."""
    labels = random.integers(0, 2, count)
    labels[:2] = [0, 1]
    scores = np.clip(random.integers(0, steps + 1, count) + shift * labels, 0, steps) / steps
    return scores[:, None], labels


def softmax(count, classes):
    labels = random.integers(0, classes, count)
    values = random.integers(0, 17, (count, classes)) + 6 * (np.arange(classes) == labels[:, None])
    return values / 32, labels


cases = [
    case("two classes apart", [[0.1], [0.2], [0.8], [0.9]], [0, 0, 1, 1], 2),
    case("two classes the wrong way round", [[0.9], [0.8], [0.2], [0.1]], [0, 0, 1, 1], 2),
    case("all scores equal", [[0.5]] * 5, [0, 1, 1, 0, 1], 2),
    case("one tie across the classes", [[0.25], [0.5], [0.5], [0.75]], [0, 0, 1, 1], 2),
    case("both zeros tie", [[-0.0], [0.0], [1.0]], [1, 0, 1], 2),
    case("only the first class", [[0.25], [0.75]], [0, 0], 2),
    case("only the second class", [[0.25], [0.75]], [1, 1], 2),
    case("the second class never predicted", [[0.25], [0.5], [0.125]], [0, 1, 1], 2),
    case("many ties", *sigmoid(120, 4, 1), 2),
    case("some ties", *sigmoid(200, 100, 20), 2),
    case("unbalanced", np.linspace(0, 1, 60)[:, None], [0] * 50 + [1, 0, 1] + [0] * 7, 2),
    case("softmax of two", *softmax(80, 2), 2),
    case("five classes", *softmax(90, 5), 5),
    case("a class without examples", [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.125, 0.75, 0.125]], [0, 1, 1], 3),
    case("a class never predicted", [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.125, 0.75, 0.125]], [0, 2, 1], 3),
    case("a class neither in labels nor predicted", [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], [0, 1], 3),
]
print("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in cases) + "\n]")
