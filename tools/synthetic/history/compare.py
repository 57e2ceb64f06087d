"""Synthetic histories against real ones: records, distributions, statuses, what they add, as a report."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from scipy.stats import ks_2samp

from tools.synthetic.compare import total_variation
from tools.synthetic.history.aggregates import CLIENT, ELSEWHERE, LENDER, Gain, gain
from tools.synthetic.history.figures import VALUE_RECORDS
from tools.synthetic.history.measure import COMPLETE, PARTIAL, read
from tools.synthetic.history.schema import SCHEMAS

CALL = "tools.synthetic.history.compare.write_report(real, synthetic, out)"
STATUSES = {
    "bureau": "CREDIT_ACTIVE",
    "bureau_balance": "STATUS",
    "previous_application": "NAME_CONTRACT_STATUS",
    "POS_CASH_balance": "NAME_CONTRACT_STATUS",
    "credit_card_balance": "NAME_CONTRACT_STATUS",
}
KEYS = ("SK_ID_CURR", "SK_ID_BUREAU", "SK_ID_PREV")
ROWS_COMPARED = 50_000


def compare(real: pd.DataFrame, synthetic: pd.DataFrame) -> pd.DataFrame:
    """Compare two history tables column by column, keys aside.

    Returns
    -------
    One row a column: ``distance`` (total variation of texts, Kolmogorov-Smirnov of numbers, 0-1, over the values
    that are not missing), ``missing_real``, ``missing_synthetic`` (shares, 0-1).
    """
    rows = {}
    for name in (name for name in real if name not in KEYS):
        one, other = real[name], synthetic[name]
        numeric = pd.api.types.is_numeric_dtype(one)
        rows[str(name)] = {
            "distance": _ks(one, other) if numeric else total_variation(one, other),
            "missing_real": float(one.isna().mean()),
            "missing_synthetic": float(other.isna().mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _ks(one: "pd.Series[float]", other: "pd.Series[float]") -> float:
    known = [part.dropna() for part in (one, other)]
    parts = [part.sample(min(len(part), ROWS_COMPARED), random_state=0).round(3) for part in known]
    return float(ks_2samp(*parts, method="asymp").statistic)


def write_report(real: Path, synthetic: Path, out: Path) -> None:
    """Write the report as Markdown.

    Parameters
    ----------
    real : folder as :func:`measure.measure` takes it, with the table ``application_train``.
    synthetic : folder made by ``synthesize``.
    out : the Markdown file.
    """
    coverage = read(real, COMPLETE, "clients")
    parts = dict.fromkeys(SCHEMAS, COMPLETE) | {"installments_payments": PARTIAL}
    originals = {name: read(real, part, name) for name, part in parts.items()}
    made = {name: pd.read_parquet(synthetic / f"{name}.parquet") for name in SCHEMAS}
    clients = pd.read_parquet(synthetic / "application_train.parquet")
    applications = pd.read_parquet(real / "application_train.parquet")
    lines = [*_head(len(clients)), *_records(coverage, originals, clients, made)]
    lines += [*_distances(originals, made), *_statuses(originals, made)]
    for title, names, flag in (
        ("Credits at other lenders and cards", ELSEWHERE, "has_bureau_bb_cc"),
        ("Earlier applications and loans", LENDER, "has_prev_pos"),
    ):
        some = applications[applications[CLIENT].isin(coverage.loc[coverage[flag], CLIENT])]
        lines += _gains(title, gain(some, _only(originals, names)), gain(clients, _only(made, names)))
    out.write_text("\n".join(lines), encoding="utf-8")


def _only(tables: Mapping[str, pd.DataFrame], names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    return {name: tables[name] for name in names}


def _head(clients: int) -> list[str]:
    return [
        "# Synthetic histories against real ones",
        "",
        f"Written by `{CALL}`, on {clients:,} synthetic clients.",
        "",
        "The six history tables are drawn from figures measured on real ones (`tools/synthetic/history`,",
        "`histories.json`; `tools.synthetic.history.measure.measure(folder)` measures them again). Of real",
        "instalments there are single records only, so that their distances say less.",
        "",
    ]


def _records(
    coverage: pd.DataFrame,
    real: Mapping[str, pd.DataFrame],
    clients: pd.DataFrame,
    made: Mapping[str, pd.DataFrame],
) -> list[str]:
    lines = ["## Records", "", "| Table | A client, real | A client, synthetic | With a record, real | Synthetic |"]
    lines.append("|---|---:|---:|---:|---:|")
    for name in SCHEMAS:
        lender = name in (*LENDER, "installments_payments")
        covered = coverage.loc[coverage["has_prev_pos" if lender else "has_bureau_bb_cc"], CLIENT]
        figures = [len(real[name]) / len(covered), len(made[name]) / len(clients)]
        shares = ["", ""]
        if CLIENT in made[name]:
            shares = [f"{covered.isin(real[name][CLIENT]).mean():.1%}",
                      f"{clients[CLIENT].isin(made[name][CLIENT]).mean():.1%}"]  # fmt: skip
        first = "unknown" if name == "installments_payments" else f"{figures[0]:.2f}"
        shares[0] = "unknown" if name == "installments_payments" else shares[0]
        lines.append(f"| {name} | {first} | {figures[1]:.2f} | {shares[0]} | {shares[1]} |")
    return [*lines, ""]


def _distances(real: Mapping[str, pd.DataFrame], made: Mapping[str, pd.DataFrame]) -> list[str]:
    lines = [
        "## Columns",
        "",
        "Distances: total variation of texts, Kolmogorov-Smirnov of numbers, over the values that are not missing.",
        "",
    ]
    lines += ["| Table | Median distance | Largest | Largest difference of missing rates | Columns over 0.05 |"]
    lines.append("|---|---:|---:|---:|---|")
    for name in SCHEMAS:
        figures = compare(real[name], made[name])
        missing = (figures["missing_real"] - figures["missing_synthetic"]).abs().max()
        far = figures[figures["distance"] > 0.05]["distance"]
        named = ", ".join(f"{column} {distance:.2f}" for column, distance in far.items())
        distance = figures["distance"]
        lines.append(f"| {name} | {distance.median():.3f} | {distance.max():.3f} | {missing:.3f} | {named} |")
    return [*lines, ""]


def _statuses(real: Mapping[str, pd.DataFrame], made: Mapping[str, pd.DataFrame]) -> list[str]:
    lines = ["## Statuses", "", "| Table | Status | Real | Synthetic |", "|---|---|---:|---:|"]
    for name, column in STATUSES.items():
        counts = real[name][column].value_counts()
        share = made[name][column].value_counts(normalize=True)
        for status, count in counts[counts >= VALUE_RECORDS].items():
            one, other = count / len(real[name]), share.get(status, 0.0)
            lines.append(f"| {name} | {status} | {one:.2%} | {other:.2%} |")
    return [*lines, ""]


def _gains(title: str, real: Gain, made: Gain) -> list[str]:
    lines = [f"## What they add: {title.lower()}", ""]
    lines += ["| | Clients | AUC, application only | With aggregates | Gain |", "|---|---:|---:|---:|---:|"]
    for name, one in (("real", real), ("synthetic", made)):
        lines.append(f"| {name} | {one.clients:,} | {one.without:.4f} | {one.with_history:.4f} | {one.gain:+.4f} |")
    lines += ["", "| Aggregate | Correlation with TARGET, real | Synthetic |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {figure:+.3f} | {made.correlations[str(name)]:+.3f} |"
        for name, figure in real.correlations.items()
    ]
    return [*lines, ""]
