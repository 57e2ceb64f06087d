import numpy as np
import pandas as pd

from scoring.explanation.contract import annuity
from tools.tariffs import check, list_tariffs, read_credits


def test_tariffs_that_enough_loans_have_are_found_and_give_the_terms_of_other_clients(tmp_path):
    # 200 cash loans at two tariffs, one at a tariff of its own, and loans of other kinds
    credit = np.linspace(50_000, 500_000, 201).round(1)
    months = np.where(np.arange(201) % 4 < 2, 12, 36)
    months[200] = 60
    rates = np.where(months == 12, 0.3, 0.5)
    instalment = [round(c * float(annuity(r, n)), 2) for c, r, n in zip(credit, rates, months, strict=True)]
    loans = pd.DataFrame(
        {
            "SK_ID_PREV": range(201),
            "SK_ID_CURR": range(201),
            "NAME_CONTRACT_TYPE": "Cash loans",
            "AMT_CREDIT": credit,
            "AMT_ANNUITY": instalment,
            "CNT_PAYMENT": months.astype(float),
            "DAYS_DECISION": -100,
        }
    )
    other = loans.assign(SK_ID_PREV=lambda t: t.SK_ID_PREV + 1000)
    unknown = pd.concat([other.assign(NAME_CONTRACT_TYPE="Revolving loans"), other.assign(DAYS_DECISION=-2000)])
    (tmp_path / "a").mkdir()
    loans.to_parquet(tmp_path / "a" / "previous_application.parquet")
    pd.concat([loans, unknown, other.assign(CNT_PAYMENT=np.nan)]).to_parquet(tmp_path / "previous_application.parquet")
    found = read_credits(tmp_path)
    assert len(found) == 201
    assert list_tariffs(found, 10).to_numpy().tolist() == [[12.0, 0.3], [36.0, 0.5]]
    assert check(found) == 1.0
