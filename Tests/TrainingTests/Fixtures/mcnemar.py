"""p-values of McNemar's test by SciPy, for McNemarTestTests.swift.

Run: python3 mcnemar.py > mcnemar.json   (made with SciPy 1.17.1; any version gives it up to rounding)
"""
import json

from scipy import stats

rows = []
for b, c in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (5, 5), (0, 10), (3, 9), (9, 3), (1, 14), (12, 12), (0, 24), (7, 17), (23, 1)]:
    p = 1.0 if b + c == 0 else stats.binomtest(b, b + c, 0.5, alternative="two-sided").pvalue
    rows.append({"first": b, "second": c, "method": "exactBinomial", "statistic": None, "p": float(p)})
for b, c in [(0, 25), (12, 13), (13, 13), (20, 5), (30, 17), (59, 6), (121, 59), (1000, 1100), (5000, 5001), (40, 400), (900, 2100)]:
    statistic = max(abs(b - c) - 1, 0) ** 2 / (b + c)
    rows.append({
        "first": b, "second": c, "method": "chiSquared", "statistic": statistic, "p": float(stats.chi2.sf(statistic, 1)),
    })
print(json.dumps(rows, indent=0))
