#!/bin/sh
# A finding in a public package, shown without this project: the "average cross-correlation" of eventstudystatistics is none.
#
# Package: eventstudystatistics 1.0.0 from PyPI (2022-11-23), with numpy 2.2.6, scipy 1.15.3, pandas 2.2.3, Python 3.11.
# Expected: the adjusted BMP test (Kolari and Pynnonen 2010) divides by the mean correlation of the residuals, a number
#   without a unit. Returns in per cent and the same returns as fractions give the same statistic.
# Seen: `calculate_average_cross_correlation` takes numpy.correlate of raw residuals, which is their inner product, so the statistic
#   depends on the unit. Twelve shares with independent noise: unadjusted 3.8963 in both units; adjusted 3.9005 as fractions, not a
#   number in per cent. With a mean correlation of 0.52 the right factor is 0.267; the package's is 0.775 as fractions, so that
#   dependent events pass for nearly independent ones.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  numpy==2.2.6 scipy==1.15.3 pandas==2.2.3
# Its own pins (numpy 1.22.3, scipy 1.8.1) have no wheels for Python 3.11.
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps eventstudystatistics==1.0.0
"$folder/venv/bin/python" - <<'PY'
import itertools
import logging
import numpy as np
from eventstudystatistics.statistical_tests import adjBMP_daily

logging.disable(logging.CRITICAL)
SHARES, DAYS = 12, 250


def statistics(correlation):
    rng = np.random.default_rng(15)
    common = rng.standard_normal(DAYS)
    noise = 0.02 * (correlation**0.5 * common + (1 - correlation) ** 0.5 * rng.standard_normal((SHARES, DAYS)))
    market = np.tile(0.01 * rng.standard_normal(DAYS), (SHARES, 1))
    later = np.tile(0.01 * rng.standard_normal(3), (SHARES, 1))
    abnormal = 0.015 + 0.02 * rng.standard_normal((SHARES, 3))
    r = np.mean([np.corrcoef(noise[i], noise[j])[0, 1] for i, j in itertools.combinations(range(SHARES), 2)])
    right = ((1 - r) / (1 + (SHARES - 1) * r)) ** 0.5
    of = {}
    for name, unit in (("fractions", 1.0), ("per cent", 100.0)):
        with np.errstate(invalid="ignore"):
            plain, adjusted = (
                float(np.squeeze(adjBMP_daily(unit * abnormal, unit * noise, unit * market, unit * later, 1, adjustment=a).statistic))
                for a in (False, True)
            )
        of[name] = (plain, adjusted)
        print(f"correlation {correlation}: mean of pairs {r:+.3f}, right factor {right:.3f}; in {name}: "
              f"unadjusted {plain:.4f}, adjusted {adjusted:.4f}, factor {adjusted / plain:.3f}")
    return of, right


independent, right = statistics(0.0)
assert abs(independent["fractions"][0] - independent["per cent"][0]) < 1e-9, "the unadjusted statistic has no unit"
same = abs(independent["fractions"][1] - independent["per cent"][1]) < 1e-6
assert not same, "CHANGED: the adjusted statistic no longer depends on the unit"
correlated, right = statistics(0.5)
factor = correlated["fractions"][1] / correlated["fractions"][0]
assert factor > 2 * right, "CHANGED: the adjustment is now that of the correlation"
print("as described")
PY
