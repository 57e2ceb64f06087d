"""Whether a policy fits a model's applications: every fault by name, and nothing else is refused."""

import pytest

from scoring.errors import PolicyError
from scoring.policy.checks.policy_fields import Fields
from scoring.policy.checks.validation import refuse_faults
from tests.policy.policies import RATIO, check, read, rule


def number(name, sign, to):
    return {"value": name, "is": sign, "to": to}


FAULTS = {
    "an unknown field": (number("AMT_CREDI", ">", 3), "AMT_CREDI is not a field; did you mean AMT_CREDIT?"),
    "a protected field": ({"value": "CODE_GENDER", "in": ["F"]}, "CODE_GENDER is protected"),
    "a text as a number": (number("NAME_CONTRACT_TYPE", ">", 3), "NAME_CONTRACT_TYPE has texts"),
    "a text against a field": (number("AMT_CREDIT", "=", "NAME_CONTRACT_TYPE"), "NAME_CONTRACT_TYPE has texts"),
    "other units": (number("AMT_CREDIT", ">", "DAYS_BIRTH"), "compares different units (currency and days)"),
    "units in a sum": (number(["AMT_CREDIT", "+", "DAYS_BIRTH"], ">", 3), "adds or subtracts different units"),
    "years for days": (number("DAYS_BIRTH", ">", 18), "is never true: DAYS_BIRTH is from -36525 to -6574 days"),
    "per cent": (number("calibrated_probability", "<", 40), "is always true: calibrated_probability is from 0 to 1"),
    "an unknown category": ({"value": "NAME_CONTRACT_TYPE", "in": ["Cash loan"]}, "did you mean 'Cash loans'?"),
    "numbers for texts": ({"value": "NAME_CONTRACT_TYPE", "in": [1]}, "expected texts"),
    "texts for numbers": ({"value": "CNT_CHILDREN", "in": ["one"]}, "expected numbers"),
    "impossible numbers": ({"value": "CNT_CHILDREN", "in": [0, 1.5]}, "CNT_CHILDREN is never 1.5"),
    "a list of scores": ({"value": "probability", "in": [0.5]}, "probability is a number without listed values"),
    "two numbers": (number(1, ">", 3), "1 > 3 compares two numbers"),
    "zero": (number(["AMT_CREDIT", "/", 0], ">", 3), "divides by zero"),
    "a value that is never missing": ({"missing": "AMT_CREDIT"}, "every application has a value"),
    "a field less itself": (number(["AMT_CREDIT", "-", "AMT_CREDIT"], ">", 5), "can only be 0"),
    "a field by itself": (number(["AMT_CREDIT", "/", "AMT_CREDIT"], "<=", 1), "is always true"),
    "a field with itself": (number("AMT_CREDIT", ">=", "AMT_CREDIT"), "AMT_CREDIT is compared with itself"),
    "a negative age": (number(["DAYS_BIRTH", "/", 365], ">", 18), "is never true: DAYS_BIRTH / 365 is from -100.068"),
    "a product": (number(["DAYS_BIRTH", "*", -1], "<", 18), "DAYS_BIRTH * -1 is from 6574 to 36525 days"),
    "a sum of children": (number(["CNT_CHILDREN", "+", 1], "<", 1), "CNT_CHILDREN + 1 is from 1 to"),
    "a ratio below nothing": (number(["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"], "<", 0), "is never true"),
    "a contradiction": (
        {"all": [number("AMT_CREDIT", ">", 300), number("AMT_CREDIT", "<", 200)]},
        "never true, because its parts exclude each other",
    ),
    "a contradiction of ratios": (
        {"all": [RATIO, number(["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"], "<=", 8)]},
        "never true, because its parts exclude each other",
    ),
    "a missing value in a sum": (
        {"all": [{"missing": "EXT_SOURCE_1"}, number(["EXT_SOURCE_1", "+", "EXT_SOURCE_2"], ">", 1)]},
        "never true, because its parts exclude each other",
    ),
    "no whole number in between": (
        {"all": [number("CNT_CHILDREN", ">", 2), number("CNT_CHILDREN", "<", 3)]},
        "never true, because its parts exclude each other",
    ),
    "a contradiction behind not": (
        {"not": {"any": [number("AMT_CREDIT", ">", 200), {"not": number("AMT_CREDIT", ">", 300)}]}},
        "never true, because its parts exclude each other",
    ),
    "two texts at once": (
        {"all": [{"value": "FLAG_OWN_CAR", "in": ["Y"]}, {"not": {"value": "FLAG_OWN_CAR", "in": ["Y"]}}]},
        "never true, because its parts exclude each other",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_condition_that_cannot_be_meant_is_refused(schema, name):
    condition, said = FAULTS[name]
    with pytest.raises(PolicyError) as caught:
        check(schema, rule("A_RULE", condition))
    assert "policy.json: rule A_RULE: " in str(caught.value)
    assert said in str(caught.value)


MEANT = {
    "age in years": number(["DAYS_BIRTH", "/", -365.25], "<", 21),
    "a difference": number(["AMT_CREDIT", "-", "AMT_GOODS_PRICE"], ">", 5),
    "one less a score": number([1, "-", "probability"], "<", 0.3),
    "a large amount": number("AMT_CREDIT", ">", 1234567),
}


@pytest.mark.parametrize("name", MEANT)
def test_a_calculation_that_may_be_true_or_false_is_accepted(schema, name):
    check(schema, rule("A_RULE", MEANT[name]))


OTHERS = {
    "no number": (rule("A", None, "limit"), "the effect limit needs its number"),
    "two numbers": (
        rule("A", None, "limit", limit={"amount": 3, "times": 2, "of": "AMT_INCOME_TOTAL"}),
        "the effect limit needs its number",
    ),
    "half a limit": (rule("A", None, "limit", limit={"times": 2}), 'the limit has no "of"'),
    "days as money": (rule("A", None, "limit", limit={"times": 2, "of": "DAYS_BIRTH"}), "(days)"),
    "a limit that nobody reads": (rule("A", limit={"amount": 3}), "the effect is refuse, which has no limit"),
    "dates": (rule("A", until="2026-01-01", **{"from": "2026-02-01"}), "from 2026-02-01 is after until 2026-01-01"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_rule_that_lacks_something_or_has_too_much_is_refused(schema, name):
    bad, said = OTHERS[name]
    with pytest.raises(PolicyError) as caught:
        check(schema, bad)
    assert said in str(caught.value)


def test_faults_of_all_rules_stand_in_one_message(schema):
    with pytest.raises(PolicyError) as caught:
        check(schema, rule("A", number("X_Y_Z", ">", 1)), rule("A"), rule("C", {"missing": "AMT_CREDIT"}))
    assert str(caught.value).startswith("policy.json: 3 errors\n  - rule A: 2 rules have this code, expected one")


LOW = number("AMT_CREDIT", ">", 300)


@pytest.mark.parametrize(
    ("former", "later", "reached"),
    [
        (rule("A", LOW), rule("B", number("AMT_CREDIT", ">", 400)), False),
        (rule("A", LOW), rule("B", number("AMT_CREDIT", ">", 200)), True),
        (rule("A", LOW), rule("B", {"all": [number("AMT_CREDIT", ">", 400), RATIO]}, "review"), False),
        (rule("A", {"any": [LOW, RATIO]}), rule("B", number("AMT_CREDIT", "=", 400)), False),
        (rule("A", {"all": [LOW, RATIO]}), rule("B", LOW), True),
        (rule("A", LOW, "review"), rule("B", LOW), True),
        (rule("A", None), rule("B", LOW), False),
        (rule("A", LOW), rule("B", None, "limit", limit={"amount": 5}), True),
        (rule("A", LOW, until="2026-12-31"), rule("B", LOW), True),
        (rule("A", LOW, until="2026-12-31"), rule("B", LOW, until="2026-11-30"), False),
        (rule("A", number("AMT_CREDIT", ">", "AMT_GOODS_PRICE")), rule("B", LOW), True),
        (rule("A", LOW), rule("B", {"all": [LOW, number("AMT_CREDIT", ">", "AMT_GOODS_PRICE")]}), False),
    ],
)
def test_a_rule_after_one_that_always_refuses_first_is_told_as_never_reached(schema, former, later, reached):
    if reached:
        check(schema, former, later)
        return
    with pytest.raises(PolicyError, match="rule B: never reached, because the earlier rule A refuses"):
        check(schema, former, later)


def test_a_model_without_a_manifest_knows_the_probability_alone():
    fields = Fields(None, calibrated=False)
    refuse_faults(read(rule(condition=number("probability", ">", 0.5))), fields, "policy.json")
    with pytest.raises(PolicyError, match="the model has no calibration; expected probability"):
        refuse_faults(read(rule(condition=number("calibrated_probability", ">", 0.5))), fields, "policy.json")
    with pytest.raises(PolicyError, match="the fields of this model have no amount of credit"):
        refuse_faults(read(rule("A", None, "limit", limit={"amount": 3})), fields, "policy.json")


def test_an_exploration_needs_an_amount_of_credit():
    explore = {"share": 0.02, "most_amount": 1000, "most_probability": 0.2}
    with pytest.raises(PolicyError, match="exploration: the fields of this model have no amount of credit"):
        refuse_faults(read(exploration=explore), Fields(None), "policy.json")
