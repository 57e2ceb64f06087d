import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from scoring.explanation.alternatives import count_months, list_alternatives
from scoring.explanation.counterfactual import CounterfactualSearch
from scoring.model.plan import BinnedColumn, Derived, NumberColumn, Plan, model_ready
from scoring.model.schema import Identity, InputSchema
from scoring.model.scorer import FusedLogistic, Policy, Scorer
from tests.fields import field


def schema(changeable=True, role="price"):
    return InputSchema(
        identity=Identity(name="id"),
        target="default",
        fields=(
            field("credit", role="credit", changeable=True, unit="currency"),
            field("instalment", role="instalment", changeable=True, unit="currency"),
            field("price", role=role, changeable=changeable, unit="currency"),
            field("income"),
            field("kind", kind="category", role="product", open_ended=("line",)),
        ),
    )


def number(name):
    return NumberColumn(name=name, source=name, fill=0.0)


PLAN = Plan(
    missing_values={},
    derived=(
        Derived(name="burden", operation="ratio", inputs=("instalment", "income")),
        Derived(name="financed", operation="ratio", inputs=("credit", "price")),
    ),
    columns=(number("burden"), number("financed"), number("income")),
)
RECORD = {"credit": 12000.0, "instalment": 1111.61, "price": 10000.0, "income": 4000.0, "kind": "loan"}


def row_of(record, plan=PLAN):
    raw = {name: np.array([np.nan if record[name] is None else record[name]]) for name in plan.raw_numbers()}
    return model_ready(plan, raw)[0]


def search(weights, intercept, plan=PLAN, of=None):
    scorer = Scorer(FusedLogistic(np.array(weights), intercept), plan.feature_names(), Policy(0.5))
    return CounterfactualSearch(plan, of or schema(), scorer)


def test_the_smallest_deposit_is_found_with_all_that_depends_on_it():
    # refused while credit / price >= 1.1: 12,000 / 10,000 = 1.2; the first credit of three digits below 11,000
    offer = search([0.0, 1.0, 0.0], -1.1).find_smallest(row_of(RECORD), RECORD)
    assert offer.action == "deposit"
    changed = {change.name: (change.before, change.after) for change in offer.changes}
    # 9 % less is 10,920, cut to 10,900; the instalment falls with it: 1111.61 * 109 / 120 = 1009.712...
    assert changed == {"credit": (12000.0, 10900.0), "instalment": (1111.61, 1009.71)}
    assert offer.size == pytest.approx(1100 / 12000)
    assert offer.probability < 0.5
    assert offer.text.en == (
        "Borrow 10,900 instead of 12,000 and pay 1,100 of the same purchase as a deposit, over the same term: "
        "this application would be accepted."
    )


def test_a_smaller_amount_takes_the_price_along():
    # refused while instalment / income >= 0.25: 1111.61 / 4000 = 0.278; both amount and deposit lower it by 10 %
    offer = search([1.0, 0.0, 0.0], -0.25).find_smallest(row_of(RECORD), RECORD)
    assert offer.action == "smaller amount"
    changed = {change.name: change.after for change in offer.changes}
    # 10 % less is 10,800: an instalment of 1000.449, still 0.2501; 11 % less is 10,680, cut to 10,600
    assert changed == {"credit": 10600.0, "instalment": 981.92, "price": 8833.33}


def test_a_longer_term_lowers_the_instalment_by_the_annuity_formula():
    # only the term is left: the product has no price, and the model looks at the credit the other way round
    plan = Plan(missing_values={}, derived=(), columns=(number("instalment"), number("credit")))
    offer = search([1.0, -1.0], 12000 - 1000.0, plan).find_smallest(row_of(RECORD, plan), RECORD)
    assert offer.action == "longer term"
    # 12,000 in 13 months at 20 % a year: 1,034.32; in 14: 968.12, the first below 1,000
    (change,) = offer.changes
    assert (change.name, change.after) == ("instalment", 968.12)
    assert offer.text.fr.startswith("Rembourser en 14 mois environ au lieu de 12")


def test_an_open_ended_product_has_no_term():
    actions = {one.action for one in list_alternatives({"credit": 12000.0, "instalment": 1111.61}, open_ended=True)}
    assert actions == {"smaller amount"}


def test_no_term_is_named_where_the_instalment_does_not_pay_the_interest():
    assert count_months(12000.0, 200.0) is None  # 20 % a year of 12,000 is 200 a month
    assert count_months(12000.0, 12500.0) == 1


def test_a_moved_price_alone_is_never_offered():
    # a dearer purchase would be accepted; nothing that the client can do makes it so
    plan = Plan(missing_values={}, derived=(), columns=(number("price"),))
    assert search([-1.0], 10500.0, plan).find_smallest(row_of(RECORD, plan), RECORD) is None


def test_an_amount_is_offered_only_where_less_credit_never_looks_riskier():
    # bins: 11,000 to 12,000 is good by accident, below 11,000 bad again, below 7,000 good for good
    column = BinnedColumn(
        name="credit", source="credit", edges=(7000.0, 11000.0, 12000.0), values=(-1.0, 1.0, -1.0, 1.0), missing=0.0
    )
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    offer = search([1.0], 0.0, plan).find_smallest(row_of(RECORD, plan), RECORD)
    assert offer.changes[0].after == 6900.0


def test_no_realistic_change_is_an_answer():
    assert search([1.0, 1.0, 0.0], 10.0).find_smallest(row_of(RECORD), RECORD) is None


def test_parts_of_the_credit_change_together_or_not_at_all():
    assert not search([0.0, 1.0, 0.0], -1.1, of=schema(changeable=False)).possible


def test_an_application_that_does_not_give_the_row_is_not_worked_with():
    row = row_of(RECORD) + 0.1
    assert search([0.0, 1.0, 0.0], -1.1).find_smallest(row, RECORD) is None


def test_columns_that_do_not_depend_on_the_credit_stay_as_they_are():
    record = {**RECORD, "income": None}
    row = row_of(RECORD)
    row[0] = 0.0  # burden is not known without the income; the stored income stays in the row
    offer = search([0.0, 1.0, 1.0], -4001.1).find_smallest(row, record)
    assert offer is not None  # with another income than the row's it would be accepted at once or never


def test_two_fields_cannot_play_the_same_part():
    with pytest.raises(ValueError, match="several fields have the role credit; expected one at most"):
        schema(role="credit")


@given(
    credit=st.floats(1, 1e15),
    instalment=st.floats(1e-3, 1e15),
    price=st.one_of(st.none(), st.floats(1, 1e15)),
    income=st.floats(1, 1e9),
    weights=st.tuples(*[st.floats(-3, 3)] * 3),
)
@settings(max_examples=200)
def test_whatever_is_offered_is_smaller_coherent_and_accepted(credit, instalment, price, income, weights):
    record = {"credit": credit, "instalment": instalment, "price": price, "income": income, "kind": "loan"}
    row = row_of(record)
    intercept = -float(row @ np.array(weights))  # on the threshold, which is refused
    offer = search(weights, intercept).find_smallest(row, record)
    if offer is None:
        return
    after = {**record, **{change.name: change.after for change in offer.changes}}
    again = float(expit(row_of(after) @ np.array(weights) + intercept))
    assert again == pytest.approx(offer.probability, abs=1e-9)
    assert offer.probability < 0.5
    assert 0 < offer.size <= 1
    assert {change.name for change in offer.changes} != {"price"}
    if offer.action in {"smaller amount", "deposit"}:
        assert after["credit"] < credit
        if instalment >= 1:
            assert after["instalment"] == pytest.approx(instalment * after["credit"] / credit, abs=0.0051, rel=1e-9)
        assert (after["price"] == price) is (offer.action == "deposit" or price is None)
    else:
        assert after["credit"] == credit
