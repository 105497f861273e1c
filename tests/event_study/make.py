"""Writes daily.csv: SYNTHETIC daily returns of six shares that do not exist, and ten events.

    python3 make.py

A market model with known numbers, Student noise with a common part, an effect of 3% on the day of the event, +1% on the day
after; some returns left empty. Sessions are those of New York from July 2024 to September 2025, so that the calendar is one
that the program knows.
"""

import datetime
import random
from pathlib import Path

HOLIDAYS = {
    "2024-07-04", "2024-09-02", "2024-11-28", "2024-12-25", "2025-01-01", "2025-01-09", "2025-01-20", "2025-02-17",
    "2025-04-18", "2025-05-26", "2025-06-19", "2025-07-04", "2025-09-01",
}
SHARES = {"SYN-A": (0.8, 1.1), "SYN-B": (1.1, 1.6), "SYN-C": (1.4, 2.2), "SYN-D": (1.0, 1.3), "SYN-E": (1.7, 3.0), "SYN-F": (0.6, 0.9)}
EVENTS = {
    ("SYN-A", "2025-05-12"): "A1", ("SYN-A", "2025-07-21"): "A2", ("SYN-B", "2025-05-12"): "B1", ("SYN-B", "2025-05-29"): "B2",
    ("SYN-C", "2025-06-02"): "C1", ("SYN-C", "2025-08-14"): "C2", ("SYN-D", "2025-07-21"): "D1", ("SYN-E", "2025-07-22"): "E1",
    ("SYN-E", "2025-08-25"): "E2", ("SYN-F", "2025-06-24"): "F1",
}


def sessions():
    day = datetime.date(2024, 7, 1)
    while day <= datetime.date(2025, 9, 30):
        if day.weekday() < 5 and day.isoformat() not in HOLIDAYS:
            yield day.isoformat()
        day += datetime.timedelta(days=1)


def main():
    random.seed(15)

    def noise():
        # Student's t with five degrees of freedom, of variance 1.
        chi = sum(random.gauss(0, 1) ** 2 for _ in range(5))
        return random.gauss(0, 1) / (chi / 5) ** 0.5 * (3 / 5) ** 0.5

    days = list(sessions())
    lines = [
        "# SYNTHETIC: made by make.py beside it. No share, price or event of this file exists.",
        "date,ticker,return_pct,market_return_pct,event_id",
    ]
    market = {day: 0.03 + 0.9 * noise() for day in days}
    common = {day: noise() for day in days}
    for ticker, (beta, scale) in SHARES.items():
        since = 99
        for day in days:
            event = EVENTS.get((ticker, day), "")
            since = 0 if event else since + 1
            own = 0.02 + beta * market[day] + scale * (0.5 * common[day] + 0.75**0.5 * noise())
            own += {0: 3.0, 1: 1.0}.get(since, 0.0)
            # A return in fifty was not recorded, outside the summer.
            empty = random.random() < 0.02 and day < "2025-04-01"
            lines.append(f"{day},{ticker},{'' if empty else f'{own:.4f}'},{market[day]:.4f},{event}")
    Path(__file__).with_name("daily.csv").write_text("\n".join(lines) + "\n")


main()
