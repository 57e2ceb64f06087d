"""Find the lender's tariffs (duration and rate) in previous applications: ``python -m tools.tariffs FOLDER``.

A cash loan of the past has a known duration, so its rate can be computed. An application has no duration: it gets that
of the tariff with the nearest ratio of instalment to credit. Tariffs found with half of the clients are checked on the
other half.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from scoring import home_credit
from scoring.explanation.contract import PriceList, find_rate
from scoring.home_credit.input_schema import TARIFFS
from scoring.model.schema import Tariff

RECENT, LEAST = -700, 10  # days before the application; number of loans that make a tariff
_IDS = ["SK_ID_PREV", "SK_ID_CURR"]
COLUMNS = [*_IDS, "NAME_CONTRACT_TYPE", "AMT_CREDIT", "AMT_ANNUITY", "CNT_PAYMENT", "DAYS_DECISION"]


def read_credits(folder: Path) -> pd.DataFrame:
    """Read recent cash loans with their durations, and compute their yearly rates."""
    found = pd.concat(pd.read_parquet(path, columns=COLUMNS) for path in folder.rglob("previous_application.parquet"))
    found = found.drop_duplicates("SK_ID_PREV")
    known = (found.CNT_PAYMENT > 0) & (found.AMT_ANNUITY > 0) & (found.AMT_CREDIT > 0)
    found = found[known & (found.NAME_CONTRACT_TYPE == "Cash loans") & (found.DAYS_DECISION > RECENT)]
    amounts = zip(found.AMT_CREDIT, found.AMT_ANNUITY, found.CNT_PAYMENT.astype(int), strict=True)
    return found.assign(rate=[round(find_rate(*each) or 0.0, 3) for each in amounts])


def list_tariffs(loans: pd.DataFrame, least: int) -> pd.DataFrame:
    """List the pairs of duration and rate that enough loans have."""
    counts = loans[loans.rate > 0].groupby(["CNT_PAYMENT", "rate"]).size()
    return counts[counts >= least].reset_index()[["CNT_PAYMENT", "rate"]]


def check(loans: pd.DataFrame) -> float:
    """Share of the loans whose duration is found by the tariffs of other clients."""
    half = loans.SK_ID_CURR % 2 == 0
    listed = list_tariffs(loans[half], LEAST // 2)
    tariffs = [Tariff(months=int(n), yearly_rate=rate) for n, rate in zip(listed.CNT_PAYMENT, listed.rate, strict=True)]
    others, price_list = loans[~half], PriceList(tariffs)
    found = [price_list.count_months(*each) for each in zip(others.AMT_CREDIT, others.AMT_ANNUITY, strict=True)]
    return float((pd.Series(found, index=others.index) == others.CNT_PAYMENT).mean())


def main() -> None:
    """Write the tariffs, and print how well they find the durations of other clients' loans."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="Folder with previous_application.parquet, at any depth.")
    loans = read_credits(options.parse_args().folder)
    listed = list_tariffs(loans, LEAST)
    lines = [f"{int(n)},{rate:g}" for n, rate in zip(listed.CNT_PAYMENT, listed.rate, strict=True)]
    Path(home_credit.__path__[0], TARIFFS).write_text("\n".join(["months,yearly_rate", *lines, ""]), encoding="utf-8")
    sys.stdout.write(
        f"{len(loans)} loans, {len(lines)} tariffs; durations of other clients found: {check(loans):.1%}\n"
    )


if __name__ == "__main__":
    main()
