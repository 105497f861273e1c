"""Computes the event study of daily.csv by other means than the program's and writes expected.json.

    python3 independent.py        (numpy, scipy)

Written from the papers and docs/methods/event_study.md alone. Least squares by numpy's singular values; the variance of a
sum of prediction errors as 1'(I + X (Z'Z)^-1 X')1, with the whole covariance matrix of the days; ranks, Student's and the normal law by
scipy. Days -5 to 20, estimation -250 to -21 with at least 100 days, simple returns as fractions.
"""

import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy import stats

HERE = Path(__file__).parent
EVENT = (-5, 20)
ESTIMATION = (-250, -21)
LEAST = 100
SPANS = [(0, 0), (-1, 1), (0, 20), (-5, 20), (1, 20)]


def read():
    with open(HERE / "daily.csv") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    shares, events = {}, []
    for row in rows:
        own = float(row["return_pct"]) / 100 if row["return_pct"] else np.nan
        shares.setdefault(row["ticker"], []).append((row["date"], own, float(row["market_return_pct"]) / 100))
        if row["event_id"]:
            events.append((row["event_id"], row["ticker"], row["date"]))
    return shares, events


def measure(series, date):
    dates = [day for day, _, _ in series]
    zero = dates.index(date)
    offsets = range(max(ESTIMATION[0], -zero), ESTIMATION[1] + 1)
    estimation = [(o, *series[zero + o]) for o in offsets if not np.isnan(series[zero + o][1])]
    assert len(estimation) >= LEAST
    y = np.array([own for _, _, own, _ in estimation])
    z = np.column_stack([np.ones(len(y)), [market for _, _, _, market in estimation]])
    coefficients, squares, _, _ = np.linalg.lstsq(z, y, rcond=None)
    variance = squares[0] / (len(y) - 2)
    inverse = np.linalg.inv(z.T @ z)
    window = series[zero + EVENT[0] : zero + EVENT[1] + 1]
    x = np.column_stack([np.ones(len(window)), [market for _, _, market in window]])
    abnormal = np.array([own for _, own, _ in window]) - x @ coefficients
    covariance = variance * (np.eye(len(window)) + x @ inverse @ x.T)
    residual = y - z @ coefficients
    own_covariance = variance * (np.eye(len(y)) - z @ inverse @ z.T)
    return {
        "alpha": coefficients[0], "beta": coefficients[1], "sd": np.sqrt(variance), "length": len(y),
        "abnormal": abnormal, "covariance": covariance, "dates": [day for day, _, _ in window],
        "offsets": [o for o, _, _, _ in estimation], "days": [day for _, day, _, _ in estimation],
        "residual": residual, "standard": residual / np.sqrt(np.diag(own_covariance)),
    }


def two_sided(law, statistic, *rest):
    return {"statistic": statistic, "p": 2 * law.sf(abs(statistic), *rest)}


def span(events, first, last):
    pick = slice(first - EVENT[0], last - EVENT[0] + 1)
    n = len(events)
    car = np.array([e["abnormal"][pick].sum() for e in events])
    scar = np.array([e["abnormal"][pick].sum() / np.sqrt(e["covariance"][pick, pick].sum()) for e in events])
    width = last - first + 1
    total = 0.0
    for one, other in combinations(events, 2):
        if not set(one["dates"]) & set(other["dates"]):
            continue
        both = sorted(set(one["days"]) & set(other["days"]))
        a = [one["residual"][one["days"].index(day)] for day in both]
        b = [other["residual"][other["days"].index(day)] for day in both]
        overlap = len(set(one["dates"][pick]) & set(other["dates"][pick])) / width
        total += np.corrcoef(a, b)[0, 1] * overlap
    r = total / (n * (n - 1) / 2)
    factor = np.sqrt((1 - r) / (1 + (n - 1) * r))
    se = car.std(ddof=1) / np.sqrt(n) / factor
    half = stats.t.ppf(0.975, n - 1) * se
    bmp = scar.mean() / (scar.std(ddof=1) / np.sqrt(n))
    patell = scar.sum() / np.sqrt(sum((e["length"] - 2) / (e["length"] - 4) for e in events))
    cross = stats.ttest_1samp(car, 0.0)

    # Corrado (1989), Corrado and Zivney (1992), Cowan (1992).
    offsets = sorted({o for e in events for o in e["offsets"]}) + list(range(EVENT[0], EVENT[1] + 1))
    table = np.full((n, len(offsets)), np.nan)
    for k, e in enumerate(events):
        values = np.concatenate([e["residual"], e["abnormal"]])
        ranks = stats.rankdata(values) / (len(values) + 1) - 0.5
        for o, u in zip(e["offsets"] + list(range(EVENT[0], EVENT[1] + 1)), ranks):
            table[k, offsets.index(o)] = u
    count = (~np.isnan(table)).sum(axis=0)
    daily = np.nansum(table, axis=0) / np.sqrt(count)
    chosen = [offsets.index(o) for o in range(first, last + 1)]
    rank = daily[chosen].sum() / np.sqrt(width) / np.sqrt((daily**2).mean())

    # Kolari and Pynnonen (2011).
    offsets = sorted({o for e in events for o in e["offsets"]})
    table = np.full((n, len(offsets) + 1), np.nan)
    for k, e in enumerate(events):
        ranks = stats.rankdata(np.append(e["standard"], scar[k] / scar.std(ddof=1)))
        ranks = ranks / (len(ranks) + 1) - 0.5
        for o, u in zip(e["offsets"], ranks):
            table[k, offsets.index(o)] = u
        table[k, -1] = ranks[-1]
    count = (~np.isnan(table)).sum(axis=0)
    mean = np.nanmean(table, axis=0)
    total_days = len(offsets) + 1
    deviation = np.sqrt((count / n * mean**2).sum() / total_days)
    z = mean[-1] / deviation
    generalised = z * np.sqrt((total_days - 2) / (total_days - 1 - z**2))
    return {
        "days": [first, last], "mean": car.mean(), "se": se, "low": car.mean() - half, "high": car.mean() + half,
        "median": np.median(car), "positive": int((car > 0).sum()), "correlation": r,
        "cross_section": {"statistic": cross.statistic, "p": cross.pvalue},
        "patell": two_sided(stats.norm, patell), "bmp": two_sided(stats.t, bmp, n - 1),
        "bmp_adjusted": two_sided(stats.t, bmp * factor, n - 1), "rank": two_sided(stats.norm, rank),
        "generalised_rank": two_sided(stats.t, generalised, total_days - 2),
    }


def main():
    shares, asked = read()
    events = [measure(shares[ticker], date) for _, ticker, date in asked]
    out = {
        "events": [
            {"event_id": name, "alpha": e["alpha"], "beta": e["beta"], "sd": e["sd"], "days": e["length"], "car": e["abnormal"].sum()}
            for (name, _, _), e in zip(asked, events)
        ],
        "spans": [span(events, *days) for days in SPANS],
    }
    (HERE / "expected.json").write_text(json.dumps(out, indent=1) + "\n")


main()
