import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explanation.contract import Contract, PriceList, annuity, change_contract, find_rate, read_contract
from scoring.home_credit import input_schema
from scoring.model.schema import Tariff

ANY = PriceList(())


def test_what_is_borrowed_above_the_price_are_fees_and_below_it_a_deposit():
    above = read_contract({"credit": 250.0, "price": 225.0}, open_ended=False, price_list=ANY)
    assert (above.deposit, above.fees, above.financed) == (0.0, 25.0, 225.0)
    below = read_contract({"credit": 200.0, "price": 225.0}, open_ended=False, price_list=ANY)
    assert (below.deposit, below.fees, below.financed) == (25.0, 0.0, 200.0)
    alone = read_contract({"credit": 200.0}, open_ended=False, price_list=ANY)
    assert (alone.price, alone.deposit, alone.fees, alone.financed) == (None, None, None, 200.0)


def test_without_an_amount_of_credit_there_is_no_contract():
    assert read_contract({"price": 225.0, "instalment": 10.0}, open_ended=False, price_list=ANY) is None


def test_no_term_is_named_where_the_instalment_does_not_pay_the_interest():
    assert ANY.count_months(12000.0, 200.0) is None  # 20 % a year of 12,000 is 200 a month
    assert ANY.count_months(12000.0, 12200.0) == 1


def test_no_term_is_named_where_all_instalments_add_up_to_less_than_the_credit():
    contract = read_contract({"credit": 12000.0, "instalment": 11500.0}, open_ended=False, price_list=ANY)
    assert (contract.months, contract.yearly_rate, contract.instalment) == (None, None, 11500.0)


def test_the_term_is_that_of_the_nearest_tariff():
    # per 1,000: 24 months at 20 % are 50.90, 36 months at 50 % are 54.07
    prices = PriceList([Tariff(months=24, yearly_rate=0.2), Tariff(months=36, yearly_rate=0.5)])
    assert [prices.count_months(1000.0, instalment) for instalment in (50.9, 52.4, 52.6, 54.0)] == [24, 24, 36, 36]
    assert prices.count_months(1000.0, 70.0) is None
    assert prices.months.tolist() == [24.0, 36.0]


def test_a_credit_at_a_tariff_of_home_credit_has_its_term_and_its_rate():
    tariffs = input_schema.load_schema().tariffs
    assert {6, 12, 24, 36, 48, 60} <= {one.months for one in tariffs}
    for one in tariffs:
        instalment = round(400000.0 * float(annuity(one.yearly_rate, one.months)), 2)
        contract = read_contract({"credit": 400000.0, "instalment": instalment}, False, PriceList(tariffs))
        assert contract.months == one.months
        assert contract.yearly_rate == pytest.approx(one.yearly_rate, abs=1e-5)


def test_fees_grow_with_the_sum_and_with_the_months():
    # 225,000 with 0.55 % a month for 36 months: 44,550 of fees
    contract = Contract(
        price=225000.0, deposit=0.0, fees=44550.0, credit=269550.0, instalment=10000.0, months=36, yearly_rate=0.2
    )
    amounts = change_contract(
        contract,
        np.array([200000.0, 225000.0]),
        np.array([36.0, 48.0]),
        np.full(2, contract.yearly_rate),
        np.zeros(2, dtype=bool),
    )
    # 200,000 * 0.0055 * 36 = 39,600; 225,000 * 0.0055 * 48 = 59,400
    assert amounts["fees"].tolist() == [39600.0, 59400.0]
    assert amounts["deposit"].tolist() == [25000.0, 0.0]
    assert amounts["credit"].tolist() == [239600.0, 284400.0]
    # 239,600 at 20 % a year in 36 months; 284,400 in 48
    assert amounts["instalment"].tolist() == [8904.39, 8654.4]


def test_a_cheaper_purchase_keeps_the_deposit():
    contract = Contract(price=1000.0, deposit=100.0, fees=0.0, credit=900.0)
    amounts = change_contract(contract, np.array([600.0]), np.zeros(1), None, np.ones(1, dtype=bool))
    assert {name: amount.tolist() for name, amount in amounts.items()} == {
        "credit": [600.0],
        "price": [700.0],
        "deposit": [100.0],
        "fees": [0.0],
    }


@given(
    credit=st.floats(1, 1e12),
    months=st.integers(1, 120),
    rate=st.one_of(st.just(0.0), st.floats(1e-3, 5), st.just(1.0)),
)
def test_the_rate_that_is_found_gives_the_instalment_again(credit, months, rate):
    instalment = credit * float(annuity(rate, months))
    found = find_rate(credit, instalment, months)
    assert found == pytest.approx(rate, abs=1e-6)
    assert credit * float(annuity(found, months)) == pytest.approx(instalment, rel=1e-10)
