import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from scoring.explanation.alternatives import list_alternatives
from scoring.explanation.answer import tell_limits
from scoring.explanation.contract import Contract, PriceList, annuity
from scoring.explanation.counterfactual import CounterfactualSearch, Limits
from scoring.model.calibration import Calibration
from scoring.model.manifest import Refits
from scoring.model.plan import BinnedColumn, Derived, NumberColumn, Plan, model_ready
from scoring.model.schema import Identity, InputSchema, Tariff
from scoring.model.scorer import FusedLogistic, Policy, ReviewBand, Scorer
from tests.examples import examples
from tests.fields import field


def schema(changeable=True, role="price"):
    return InputSchema(
        identity=Identity(name="id"),
        target="default",
        fields=(
            field("credit", role="credit", changeable=True, unit="currency"),
            field("instalment", role="instalment", changeable=True, unit="currency"),
            field("price", role=role, changeable=changeable, unit="currency"),
            field("income", concept="income", unit="currency"),
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


def search(weights, intercept, plan=PLAN, of=None, band=None, most_instalment=1.0, refits=None):
    policy = Policy(0.5, Calibration(intercept=0.0, slope=1.0), band)
    scorer = Scorer(FusedLogistic(np.array(weights), intercept), plan.feature_names(), policy)
    return CounterfactualSearch(plan, of or schema(), scorer, most_instalment, refits)


def find(found, row, record):
    return found.find_smallest(row, record, found.read_contract(record)).action


def test_the_smallest_deposit_is_found_with_all_that_depends_on_it():
    # refused while credit / price >= 1.1: 12,000 / 10,000 = 1.2, of which 2,000 are fees: a fifth of what is financed
    offer = find(search([0.0, 1.0, 0.0], -1.1), row_of(RECORD), RECORD)
    assert (offer.action, offer.outcome) == ("deposit", "accepted")
    # 1.2 times what is financed has to lie below 11,000: below 9,166; 9 % less than 10,000 is 9,100
    changed = {change.name: (change.before, change.after) for change in offer.changes}
    # 9,100 and a fifth of it: 10,920; the instalment falls with it: 1111.61 * 109.2 / 120 = 1011.565...
    assert changed == {"credit": (12000.0, 10920.0), "instalment": (1111.61, 1011.57)}
    assert offer.contract == Contract(
        price=10000.0,
        deposit=900.0,
        fees=1820.0,
        credit=10920.0,
        instalment=1011.57,
        months=12,
        yearly_rate=offer.contract.yearly_rate,
    )
    assert offer.contract.yearly_rate == pytest.approx(0.2, abs=1e-5)
    assert offer.size == pytest.approx(0.09)
    assert offer.probability < 0.5
    assert offer.text.en == (
        "Pay a deposit of 900 on the same purchase, and borrow 10,920 instead of 12,000 over the same term: "
        "this application would be accepted without review."
    )


def test_a_smaller_amount_is_a_cheaper_purchase():
    # refused while instalment / income >= 0.25: 1111.61 / 4000 = 0.278; both amount and deposit lower it by 10 %
    offer = find(search([1.0, 0.0, 0.0], -0.25), row_of(RECORD), RECORD)
    assert offer.action == "smaller amount"
    changed = {change.name: change.after for change in offer.changes}
    # 10 % less is 9,000 and 1,800 of fees: an instalment of 1000.449, still 0.2501; 11 % less is 8,900 and 1,780
    assert changed == {"credit": 10680.0, "instalment": 989.33, "price": 8900.0}
    assert offer.text.fr.startswith("Choisir un achat moins cher, à 8\u202f900 au lieu de 10\u202f000, et emprunter")


def test_a_longer_term_lowers_the_instalment_by_the_annuity_formula():
    # the product has no price, and the model looks at the credit the other way round, so that only the term is left
    plan = Plan(missing_values={}, derived=(), columns=(number("instalment"), number("credit")))
    record = {**RECORD, "price": None}
    offer = find(search([1.0, -1.0], 12000 - 1000.0, plan), row_of(record, plan), record)
    assert offer.action == "longer term"
    # 12,000 in 13 months at 20 % a year: 1,034.32; in 14: 968.12, the first below 1,000
    (change,) = offer.changes
    assert (change.name, change.after) == ("instalment", 968.12)
    assert offer.text.fr.startswith("Rembourser en 14 mois environ au lieu de 12")


def test_an_acceptance_without_review_goes_before_a_smaller_change_that_leads_to_review_only():
    # the risk is refused from 1.1 on and reviewed down to 1.02: a deposit of 9 % leads to 1.092, one of 15 % to 1.02
    band = ReviewBand(low=float(expit(1.02 - 1.1 + 1e-9)), high=0.6)
    offer = find(search([0.0, 1.0, 0.0], -1.1, band=band), row_of(RECORD), RECORD)
    assert (offer.outcome, offer.size) == ("accepted", pytest.approx(0.15))


def test_an_action_that_leads_to_review_only_is_named_so():
    # half of the credit gives an instalment of 0.139 of the income; the band goes down to 0.1
    band = ReviewBand(low=float(expit(0.1 - 0.25)), high=0.6)
    offer = find(search([1.0, 0.0, 0.0], -0.25, band=band), row_of(RECORD), RECORD)
    assert (offer.outcome, offer.size) == ("review", pytest.approx(0.11))
    assert offer.text.en.endswith(
        ": this application would no longer be refused, but would be reviewed by a loan officer."
    )
    assert offer.text.fr.endswith("\u00a0: la demande ne serait plus refusée, mais examinée par un conseiller.")


def test_a_review_band_that_is_skipped_leaves_no_larger_size_in_it():
    # bins of the credit: good from 11,000 to 12,000, in the review band from 7,000 on, below 7,000 good for good
    column = BinnedColumn(
        name="credit", source="credit", edges=(7000.0, 11000.0, 12000.0), values=(-2.0, -0.1, -2.0, 1.0), missing=0.0
    )
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    record = {**RECORD, "price": None}
    found = search([1.0], 0.0, plan, band=ReviewBand(low=0.3, high=0.6))
    offer = find(found, row_of(record, plan), record)
    assert (offer.outcome, offer.contract.credit) == ("accepted", 6900.0)


def test_an_open_ended_product_has_no_term():
    contract = search([1.0, 0.0, 0.0], 0.0).read_contract({**RECORD, "kind": "line", "price": None})
    assert (contract.months, contract.yearly_rate) == (None, None)
    (only,) = list_alternatives(contract, PriceList(()))
    assert (only.action, only.offered) == ("smaller amount", 60)
    assert only.pick(11) == Contract(credit=10800.0, instalment=1000.45)
    assert only.pick(60).credit == 5900.0  # beyond the limit, to see whether the last size holds


def test_only_terms_that_the_lender_sells_are_offered():
    tariffs = tuple(Tariff(months=months, yearly_rate=0.2) for months in (6, 12, 18, 24))
    contract = Contract(credit=12000.0, instalment=1111.61, months=12, yearly_rate=0.2)
    (_, longer) = list_alternatives(contract, PriceList(tariffs))
    assert (longer.action, longer.offered) == ("longer term", 1)
    assert longer.amounts["months"].tolist() == [18.0, 24.0]


def test_another_term_has_the_rate_of_a_tariff_of_the_lender():
    sold = ((6, 0.3), (8, 0.1), (11, 0.28), (11, 0.16), (12, 0.2))
    tariffs = tuple(Tariff(months=months, yearly_rate=rate) for months, rate in sold)
    plan, record = number_of_months(), {**RECORD, "price": None}
    offer = find(
        search([-1.0], 0.095, plan, of=schema().model_copy(update={"tariffs": tariffs})), row_of(record, plan), record
    )
    # of both tariffs of 11 months that with the rate nearest to 20 %
    assert (offer.contract.months, offer.contract.yearly_rate) == (11, 0.16)
    assert adds_up(offer.contract)


def test_a_moved_price_alone_is_never_offered():
    # a dearer purchase would be accepted; nothing that the client can do makes it so
    plan = Plan(missing_values={}, derived=(), columns=(number("price"),))
    assert find(search([-1.0], 10500.0, plan), row_of(RECORD, plan), RECORD) is None


def test_an_amount_is_offered_only_where_less_credit_never_looks_riskier():
    # bins: 11,000 to 12,000 is good by accident, below 11,000 bad again, below 7,000 good for good
    column = BinnedColumn(
        name="credit", source="credit", edges=(7000.0, 11000.0, 12000.0), values=(-1.0, 1.0, -1.0, 1.0), missing=0.0
    )
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    record = {**RECORD, "price": None}
    offer = find(search([1.0], 0.0, plan), row_of(record, plan), record)
    assert offer.changes[0].after == 6900.0


def test_no_realistic_change_is_an_answer():
    assert find(search([1.0, 1.0, 0.0], 10.0), row_of(RECORD), RECORD) is None


def test_an_action_is_offered_only_if_nineteen_of_twenty_refits_accept_it_too():
    # credit / price has to fall below 1.1 for the model; for some refits below 1.079 or below 1
    for shifts, deposit, stability in (
        ([0.0] * 20, 900.0, 1.0),
        ([0.0] * 19 + [0.1], 900.0, 0.95),
        ([0.0] * 17 + [0.021, 0.021, 0.1], 1100.0, 0.95),
    ):
        refits = Refits(weights=((0.0, 1.0, 0.0),) * 20, intercepts=tuple(-1.1 + shift for shift in shifts))
        found = search([0.0, 1.0, 0.0], -1.1, refits=refits)
        action, limits = found.find_smallest(row_of(RECORD), RECORD, found.read_contract(RECORD))
        assert action.contract.deposit == deposit
        assert (action.stability, limits.least_stability) == (pytest.approx(stability), 0.95)


def test_where_refits_are_not_known_neither_is_the_stability_of_an_action():
    assert find(search([0.0, 1.0, 0.0], -1.1), row_of(RECORD), RECORD).stability is None


def number_of_months():
    """A plan that reads the number of instalments, by the ratio of instalment to credit: fewer is better."""
    share = Derived(name="share", operation="ratio", inputs=("instalment", "credit"))
    return Plan(missing_values={}, derived=(share,), columns=(number("share"),))


def test_an_instalment_above_the_share_of_the_income_that_the_setting_says_is_never_offered():
    # accepted from 11 months on downwards: an instalment of 0.100 of the credit, where 12 months have 0.0926
    plan, record = number_of_months(), {**RECORD, "price": None}
    found = search([-1.0], 0.095, plan, most_instalment=0.35)
    offer = find(found, row_of(record, plan), record)
    # 12,000 in 11 months: 1,203.00, of an income of 4,000 0.30
    assert (offer.action, offer.contract.months, offer.contract.instalment) == ("shorter term", 11, 1203.0)
    for income, most in ((3000.0, 0.35), (4000.0, 0.3)):
        poorer = {**record, "income": income}
        found = search([-1.0], 0.095, plan, most_instalment=most)
        action, limits = found.find_smallest(row_of(poorer, plan), poorer, found.read_contract(poorer))
        assert action is None
        assert limits.most_instalment == pytest.approx(most * income)
        assert tell_limits(limits, "").en.endswith(f", with an instalment of at most {most * income:,.0f}.")


def test_where_the_income_is_not_known_its_share_is_no_limit():
    plan, record = number_of_months(), {**RECORD, "price": None, "income": None}
    found = search([-1.0], 0.095, plan, most_instalment=0.01)
    action, limits = found.find_smallest(row_of(record, plan), record, found.read_contract(record))
    assert (action.contract.months, limits.most_instalment) == (11, None)


def test_an_instalment_that_is_accepted_by_a_hair_only_is_not_offered():
    # 11 months have an instalment of 0.10032 of the credit, and the model accepts from 0.1002 on: 0.05 % below it
    plan, record = number_of_months(), {**RECORD, "price": None}
    offer = find(search([-1.0], 0.1002, plan), row_of(record, plan), record)
    assert offer.contract.months == 10


def test_an_action_that_refits_accept_by_a_hair_only_is_not_offered():
    plan, record = number_of_months(), {**RECORD, "price": None}
    for limit, months in ((0.1002, 10), (0.1, 11)):  # 11 months have an instalment of 0.10025 of the credit
        refits = Refits(weights=((-1.0,),) * 20, intercepts=(limit,) * 20)
        offer = find(search([-1.0], 0.095, plan, refits=refits), row_of(record, plan), record)
        assert (offer.contract.months, offer.stability) == (months, 1.0)


def test_a_term_is_offered_only_if_the_next_one_shows_that_it_is_accepted_too():
    plan, record = number_of_months(), {**RECORD, "price": None}
    tariffs = [tuple(Tariff(months=months, yearly_rate=0.2) for months in sold) for sold in ((11, 12), (6, 11, 12))]
    last, one = (search([-1.0], 0.095, plan, of=schema().model_copy(update={"tariffs": sold})) for sold in tariffs)
    assert find(last, row_of(record, plan), record) is None
    assert find(one, row_of(record, plan), record).contract.months == 11


def test_where_there_is_none_the_limits_of_the_search_are_known():
    found = search([1.0, 1.0, 0.0], 10.0)
    action, limits = found.find_smallest(row_of(RECORD), RECORD, found.read_contract(RECORD))
    assert action is None
    # half of the 10,000 that are financed, and a fifth of it as fees; 0.67 and 1.5 times 12 months; the whole income
    assert limits == Limits(
        exact=True,
        step=100.0,
        least_credit=6000.0,
        most_deposit=3000.0,
        least_months=8,
        most_months=18,
        most_instalment=4000.0,
        least_stability=None,
    )


def test_a_model_that_is_slow_to_score_is_asked_in_steps_and_the_limits_say_so():
    fused = search([1.0, 1.0, 0.0], 10.0)._scorer
    slow = Scorer(lambda rows: fused.probability_of_default(rows), fused.features, fused.policy)
    found = CounterfactualSearch(PLAN, schema(), slow)
    record = {**RECORD, "credit": 11240.0, "price": 9370.0}
    contract = found.read_contract(record)
    assert not found.find_smallest(row_of(record), record, contract).limits.exact
    steps, every = (list_alternatives(contract, PriceList(()), every=every)[0] for every in (False, True))
    assert (steps.offered, every.offered) == (49, 468)  # 50 % less, rounded down, would be more than half
    assert (
        "(amounts in steps of 1%)" in tell_limits(found.find_smallest(row_of(record), record, contract).limits, "").en
    )


def test_parts_of_the_credit_change_together_or_not_at_all():
    assert not search([0.0, 1.0, 0.0], -1.1, of=schema(changeable=False)).possible


def test_an_application_that_does_not_give_the_row_is_not_worked_with():
    row = row_of(RECORD) + 0.1
    assert find(search([0.0, 1.0, 0.0], -1.1), row, RECORD) is None


def test_columns_that_do_not_depend_on_the_credit_stay_as_they_are():
    record = {**RECORD, "income": None}
    row = row_of(RECORD)
    row[0] = 0.0  # burden is not known without the income; the stored income stays in the row
    offer = find(search([0.0, 1.0, 1.0], -4001.1), row, record)
    assert offer is not None  # with another income than the row's it would be accepted at once or never


def test_two_fields_cannot_play_the_same_part():
    with pytest.raises(ValueError, match="several fields have the role credit; expected one at most"):
        schema(role="credit")


@given(
    credit=st.floats(1, 1e12),
    instalment=st.floats(1e-3, 1e12),
    price=st.one_of(st.none(), st.floats(1, 1e12)),
    income=st.floats(1, 1e9),
    weights=st.tuples(*[st.floats(-3, 3)] * 3),
    low=st.floats(0.2, 0.5),
)
@settings(max_examples=examples(75))
def test_whatever_is_offered_is_smaller_adds_up_and_reaches_its_outcome(
    credit, instalment, price, income, weights, low
):
    credit, instalment, price = (None if amount is None else round(amount, 2) for amount in (credit, instalment, price))
    record = {"credit": credit, "instalment": instalment, "price": price, "income": income, "kind": "loan"}
    row = row_of(record)
    intercept = -float(row @ np.array(weights))  # on the threshold, which is refused
    found = search(weights, intercept, band=ReviewBand(low=low, high=0.6))
    present = found.read_contract(record)
    assert adds_up(present)
    offer = find(found, row, record)
    if offer is None:
        return
    after = {**record, **{change.name: change.after for change in offer.changes}}
    terms = row_of(after) * np.array(weights)
    again = float(expit(terms.sum() + intercept))
    rounding = 1e-15 * float(np.abs(terms).sum())  # of large terms that cancel out
    assert again == pytest.approx(offer.probability, abs=1e-9 + rounding)
    assert offer.probability < (low if offer.outcome == "accepted" else 0.5)
    assert 0 < offer.size <= 1
    assert adds_up(offer.contract)
    assert {change.name for change in offer.changes} != {"price"}
    assert (offer.contract.credit, offer.contract.price) == (after["credit"], after["price"])
    if offer.action in {"smaller amount", "deposit"}:
        assert after["credit"] < credit
        assert (after["price"] == price) is (offer.action == "deposit" or price is None)
        assert offer.contract.months == present.months
    else:
        assert offer.contract.months != present.months
        assert after["price"] == price


def adds_up(contract):
    """Whether a contract's parts agree, to the cent and to double precision."""
    right = True
    if contract.price is not None:
        total = contract.price - contract.deposit + contract.fees
        right = total == pytest.approx(contract.credit, abs=0.0101, rel=1e-12)
    if contract.months is not None:
        monthly = contract.credit * float(annuity(contract.yearly_rate, contract.months))
        right &= monthly == pytest.approx(contract.instalment, abs=0.0051, rel=1e-9)
    return right and min(contract.deposit or 0, contract.fees or 0) >= 0
