"""What scikit-learn measures of independent labels and of quantities, for ValueMetricsTests.swift.

Run: python3 value_metrics.py > value_metrics.json   (made with scikit-learn 1.9.1; any from 1.3 on gives it up to rounding)

Scores and quantities are rounded to 32 bits, which JSON then holds exactly.
"""
import json
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")
random = np.random.default_rng(30)


def number(value):
    return None if np.isnan(value) else float(value)


def numbers(values):
    return [number(value) for value in values]


def labels_case(name, scores, labels):
    scores, labels = np.asarray(scores, dtype=np.float32), np.asarray(labels)
    answers = (scores > 0.5).astype(int)
    columns = range(labels.shape[1])
    areas = [
        metrics.roc_auc_score(labels[:, j], scores[:, j]) if len(set(labels[:, j].tolist())) == 2 else np.nan for j in columns]
    # One label alone would be taken for two classes.
    each = [[f(labels[:, j], answers[:, j], zero_division=np.nan) for j in columns]
            for f in (metrics.precision_score, metrics.recall_score, metrics.f1_score)]
    return {
        "name": name, "count": labels.shape[1], "scores": scores.ravel().tolist(), "targets": labels.ravel().tolist(),
        "cost": sum(metrics.log_loss(labels[:, j], scores[:, j].astype(np.float64), labels=[0, 1]) for j in columns),
        "exact": float((answers == labels).all(axis=1).mean()) if labels.shape[1] == 1 else metrics.accuracy_score(labels, answers),
        "label_accuracy": 1 - metrics.hamming_loss(labels, answers),
        "precision": numbers(each[0]), "recall": numbers(each[1]), "f1": numbers(each[2]), "area": numbers(areas)}


def quantities_case(name, scores, targets):
    scores, targets = np.asarray(scores, dtype=np.float32), np.asarray(targets, dtype=np.float32)
    a, b = targets.astype(np.float64), scores.astype(np.float64)
    constant = (a == a[0]).all(axis=0)
    r2 = np.where(constant, np.nan, metrics.r2_score(a, b, multioutput="raw_values"))
    return {
        "name": name, "count": targets.shape[1], "scores": scores.ravel().tolist(), "targets": targets.ravel().tolist(),
        "cost": metrics.mean_squared_error(a, b),
        "mse": numbers(metrics.mean_squared_error(a, b, multioutput="raw_values")),
        "mae": numbers(metrics.mean_absolute_error(a, b, multioutput="raw_values")), "r2": numbers(r2)}


def drawn(count, labels, share):
    targets = (random.random((count, labels)) < share).astype(int)
    return np.clip(random.integers(1, 20, (count, labels)) + 6 * targets, 1, 31) / 32, targets


print(json.dumps({
    "labels": [
        labels_case("one label", *drawn(30, 1, 0.5)),
        labels_case("three labels", *drawn(60, 3, [0.2, 0.5, 0.9])),
        labels_case("a label that no example has", [[0.25, 0.75], [0.75, 0.25], [0.5, 0.125]], [[0, 1], [0, 0], [0, 1]]),
        labels_case("a label that all have", [[0.75, 0.75], [0.625, 0.25]], [[1, 1], [1, 0]]),
        labels_case("a label that is never told", [[0.5, 0.25], [0.25, 0.75]], [[1, 0], [0, 1]]),
    ],
    "quantities": [
        quantities_case("one quantity", random.normal(5, 2, (40, 1)), random.normal(5, 2, (40, 1))),
        quantities_case("near the truth", *(lambda y: (y + random.normal(0, 0.1, y.shape), y))(random.normal(0, [1, 1e3, 1e-3], (50, 3)))),
        quantities_case("no error", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        quantities_case("a constant quantity", [[1, 2], [2, 2], [0, 2]], [[1, 3], [2, 3], [4, 3]]),
    ]}, separators=(",", ":")))
