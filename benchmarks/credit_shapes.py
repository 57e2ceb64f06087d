"""Synthetic tables in the shape of three published credit tables, for measurements that may not download anything.

Names, kinds of columns, special values and default rates are those of the published tables; the clients are drawn at
random, with interactions that no sum of single columns holds. Columns of sex, family status, age and nationality are
left out: training asks a person about them.
"""

import numpy as np
import pandas as pd
from scipy.special import expit


def make_german(rows: int, seed: int) -> pd.DataFrame:
    """Make a small table of texts with few values and whole numbers; 30 % default (shape of the German credit)."""
    draw = np.random.default_rng(seed)
    account = draw.choice(["none", "below 0", "0 to 200", "above 200"], rows, p=[0.39, 0.27, 0.27, 0.07])
    duration = draw.choice([6, 9, 12, 15, 18, 24, 30, 36, 48, 60], rows)
    history = draw.choice(
        ["critical", "delayed", "paid", "all paid", "no credits"], rows, p=[0.29, 0.09, 0.53, 0.05, 0.04]
    )
    purpose = draw.choice(["car", "used car", "furniture", "television", "business", "school"], rows)
    savings = draw.choice(["below 100", "100 to 500", "above 500", "unknown"], rows, p=[0.6, 0.1, 0.12, 0.18])
    job = draw.choice(["skilled", "unskilled", "manager"], rows, p=[0.63, 0.22, 0.15])
    amount = np.exp(draw.normal(6.6, 0.6, rows) + 0.03 * duration).round()
    years = draw.integers(0, 15, rows)
    short_of_money = np.isin(account, ["below 0", "0 to 200"])
    odds = (
        np.select([account == "none", account == "below 0"], [-1.0, 0.6], 0.0)
        + 0.03 * (duration - 24)
        + np.where(short_of_money, 0.035 * (duration - 24), 0.0)
        + np.select([history == "critical", history == "no credits"], [-0.7, 0.9], 0.0)
        + np.select([purpose == "used car", purpose == "school"], [-0.8, 0.5], 0.0)
        + np.where(savings == "below 100", 0.3, -0.4)
        - 0.05 * years
    )
    columns = {
        "account": account,
        "duration": duration,
        "history": history,
        "purpose": purpose,
        "amount": amount.astype(int),
        "savings": savings,
        "employed_years": years,
        "instalment_rate": draw.integers(1, 5, rows),
        "job": job,
        "telephone": draw.choice(["yes", "none"], rows),
    }
    return _with_outcomes(columns, odds, 0.3, draw)


def make_heloc(rows: int, seed: int) -> pd.DataFrame:
    """Make a table with the special values -7, -8 and -9, not declared; 52 % default (shape of the HELOC table)."""
    draw = np.random.default_rng(seed)
    estimate = draw.normal(72, 10, rows).round().clip(35, 94)
    oldest, newest = draw.gamma(4, 50, rows).round(), draw.gamma(1, 9, rows).round()
    burden = (draw.beta(1.1, 2, rows) * 110).round()
    late = draw.choice(["never", "unusable", "number"], rows, p=[0.45, 0.03, 0.52])
    months = np.select([late == "never", late == "unusable"], [-7, -8], draw.integers(0, 84, rows))
    since = draw.choice([-7, 0], rows, p=[0.2, 0.8])
    inquiry = np.where(since == -7, -7, draw.geometric(0.25, rows) - 1)
    inquiries = draw.poisson(1.4, rows)
    odds = (
        -0.07 * (estimate - 72)
        - 0.004 * (oldest - 200)
        + 0.012 * (burden - 40)
        + np.where((burden > 60) & (estimate < 70), 0.8, 0.0)
        + np.select([late == "never", late == "unusable"], [-0.4, 0.5], -0.008 * (months - 40))
        + np.where(inquiry == -7, -0.7, -0.05 * inquiry)
        + 0.15 * inquiries
    )
    columns = {
        "estimate": estimate,
        "months_since_oldest": oldest,
        "months_since_newest": newest,
        "months_since_late": months,
        "months_since_inquiry": inquiry,
        "inquiries": inquiries,
        "burden": burden,
        "accounts": draw.poisson(20, rows),
        "share_never_late": (100 - draw.gamma(1, 7, rows)).round().clip(0),
    }
    nothing_known = draw.random(rows) < 0.06
    odds = np.where(nothing_known, 0.3, odds)
    known = {name: np.where(nothing_known, -9, values).astype(int) for name, values in columns.items()}
    return _with_outcomes(known, odds, 0.52, draw)


def make_taiwan(rows: int, seed: int) -> pd.DataFrame:
    """Make a table of six months of states, bills and payments; 22 % default (shape of the Taiwan table)."""
    draw = np.random.default_rng(seed)
    limit = draw.choice([20, 50, 80, 120, 200, 300, 500], rows) * 1000
    habit, columns = draw.normal(0, 1, rows), {"limit": limit}
    used = expit(habit - 0.8 + draw.normal(0, 0.6, rows))
    bills = [(limit * used * draw.lognormal(0, 0.15, rows)).round() for _ in range(6)]
    for month in range(6):
        worse = habit + draw.normal(0, 1, rows)
        # -2 nothing used, -1 paid in full, 0 the least amount paid, 1 to 4 months late
        columns[f"state_{month}"] = np.select(
            [worse < -1.4, worse < -0.5, worse < 1.6, worse < 2.2, worse < 3.2], [-2, -1, 0, 1, 2], 3
        )
        columns[f"bill_{month}"] = bills[month].astype(int)
        paid = np.where(columns[f"state_{month}"] < 0, bills[month], bills[month] * draw.beta(1, 15, rows))
        columns[f"paid_{month}"] = paid.round().astype(int)
    latest, before = columns["state_0"], columns["state_1"]
    odds = (
        np.select([latest >= 2, latest == 1, latest == 0], [2.0, 0.8, 0.1], 0.0)
        + 0.5 * (before >= 1)
        + np.where((latest >= 1) & (used > 0.6), 0.8, 0.0)
        - 0.35 * np.log(limit / 100_000)
        - 0.12 * np.log1p(columns["paid_0"] / 1000)
    )
    return _with_outcomes(columns, odds, 0.22, draw)


def _with_outcomes(columns: dict, odds: np.ndarray, rate: float, draw: np.random.Generator) -> pd.DataFrame:
    """Add outcomes with these log-odds, shifted so that the default rate is about ``rate``."""
    low, high = -20.0, 20.0
    for _ in range(60):
        shift = (low + high) / 2
        low, high = (shift, high) if expit(odds + shift).mean() < rate else (low, shift)
    return pd.DataFrame(columns).assign(default=(draw.random(len(odds)) < expit(odds + shift)).astype(int))
