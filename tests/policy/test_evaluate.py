"""What a policy says about applications: equal to a plain reading of the file, also with values that are missing."""

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.model.scorer import Score
from scoring.policy.evaluate import apply
from tests.policy import policies
from tests.policy.policies import RATIO, make, rule

DAY = date(2026, 11, 27)
GOOD, BAD = Score(0.2, False, 0.02, False), Score(0.7, True, 0.2, False)
RECORD = {"AMT_CREDIT": 90_000.0, "AMT_INCOME_TOTAL": 10_000.0, "NAME_CONTRACT_TYPE": "Cash loans"}
NUMBERS = ["AMT_CREDIT", "AMT_INCOME_TOTAL", "EXT_SOURCE_1", "DAYS_EMPLOYED"]
values = st.one_of(st.none(), st.sampled_from([0.0, -1.0, 2.0, 365243.0, math.nan, math.inf, 1e308]), st.floats(-9, 9))
operands = st.one_of(
    st.sampled_from([*NUMBERS, "probability", "calibrated_probability"]), st.sampled_from([0.0, 1.0, 2])
)
pairs = st.tuples(operands, st.sampled_from("/*+-"), operands).map(list)
comparisons = st.fixed_dictionaries(
    {
        "value": st.one_of(operands, pairs),
        "is": st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
        "to": st.one_of(operands, pairs),
    }
)
leaves = st.one_of(
    comparisons,
    st.sampled_from(NUMBERS).map(lambda name: {"missing": name}),
    st.sampled_from([["Cash loans"], ["Revolving loans", "XNA"]]).map(
        lambda texts: {"value": "NAME_CONTRACT_TYPE", "in": texts}
    ),
    st.sampled_from(NUMBERS).map(lambda name: {"value": name, "in": [0.0, 2.0, -1.0]}),
)
conditions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda found: {"all": found}),
        st.lists(parts, min_size=1, max_size=3).map(lambda found: {"any": found}),
        parts.map(lambda found: {"not": found}),
    ),
    max_leaves=6,
)
days = st.one_of(st.none(), st.sampled_from(["2026-11-26", "2026-11-27", "2026-11-28"]))
records = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        dict.fromkeys(NUMBERS, values)
        | {"NAME_CONTRACT_TYPE": st.sampled_from([None, "Cash loans", "Revolving loans"])}
    ),
)
scores = st.builds(
    Score, st.floats(0, 1), st.booleans(), st.one_of(st.none(), st.floats(0, 1)), st.one_of(st.none(), st.booleans())
)


@st.composite
def rules(draw):
    count = draw(st.integers(0, 4))
    made = []
    for i in range(count):
        condition = draw(st.one_of(st.none(), conditions))
        dates = {"from": draw(days), "until": draw(days)}
        effect, unchecked = (
            draw(st.sampled_from(["refuse", "review"])),
            draw(st.sampled_from(["review", "refuse", "ignore"])),
        )
        made.append(rule(f"RULE_{i}", condition, effect, unchecked=unchecked, **dates))
    return made


@settings(max_examples=150, deadline=None)
@given(rules(), records, scores)
def test_a_policy_says_what_a_plain_reading_of_the_file_says(schema, listed, record, score):
    policy = make(schema, *listed)
    result = apply(policy, score, record, DAY)
    told, decision, review = policies.judge({"rules": listed}, record, score, DAY)
    outcomes = {"refuse": "refused", "review": "review", "ignore": None}
    assert [(one.code, one.checked, one.outcome) for one in result.told.rules] == [
        (code, checked, outcomes[effect]) for code, checked, effect in told
    ]
    assert (result.decision, result.review) == (decision, review)


def codes(policy, score, record, day=DAY):
    return [one.code for one in apply(policy, score, record, day).told.rules]


def test_rules_are_checked_in_their_order_up_to_the_first_that_refuses(schema):
    always = [rule("FIRST", None, "review"), rule("SECOND", None), rule("THIRD", None)]
    assert codes(make(schema, *always), GOOD, RECORD) == ["FIRST", "SECOND"]
    assert codes(make(schema, *always[::-1]), GOOD, RECORD) == ["THIRD"]


def test_a_rule_applies_on_its_first_and_on_its_last_day_and_not_beyond(schema):
    policy = make(schema, rule("DATED", None, until="2026-11-27", **{"from": "2026-11-26"}))
    applies = [bool(codes(policy, GOOD, RECORD, date(2026, 11, day))) for day in (25, 26, 27, 28)]
    assert applies == [False, True, True, False]
    assert apply(policy, GOOD, RECORD, DAY).told.day == DAY


def test_a_text_is_the_same_however_its_accents_are_written():
    for written in ("Retraité", "Retraite\u0301"):
        policy = make(None, rule(condition={"value": "e\u0301tat", "in": [written]}))
        assert apply(policy, GOOD, {"état": "Retraité"}, DAY).decision == "REFUSED"
        assert apply(policy, GOOD, {"état": "Salarié"}, DAY).decision == "ACCEPTED"


def test_a_ratio_by_hand(schema):
    policy = make(schema, rule("RATIO", RATIO))  # 90,000 / 10,000 = 9, which is above 8
    result = apply(policy, GOOD, RECORD, DAY)
    assert (result.decision, result.review) == ("REFUSED", False)
    assert result.told.rules[0].text.en == "The credit is too high."
    assert apply(policy, GOOD, {**RECORD, "AMT_CREDIT": 80_000.0}, DAY).decision == "ACCEPTED"


def test_a_rule_that_cannot_be_checked_is_told_and_asks_for_a_review_unless_it_says_otherwise(schema):
    for record in (None, {}, {"AMT_CREDIT": 3.0, "AMT_INCOME_TOTAL": math.nan}):
        result = apply(make(schema, rule("RATIO", RATIO)), GOOD, record, DAY)
        (told,) = result.told.rules
        assert (told.code, told.checked, told.outcome) == ("RATIO", False, "review")
        assert (result.decision, result.review) == ("ACCEPTED", True)
    for unchecked, decision, review in (("refuse", "REFUSED", False), ("ignore", "ACCEPTED", False)):
        result = apply(make(schema, rule("RATIO", RATIO, unchecked=unchecked)), GOOD, None, DAY)
        assert (result.decision, result.review, result.told.rules[0].checked) == (decision, review, False)


def test_a_rule_on_the_score_needs_no_application(schema):
    policy = make(schema, rule("RISK", {"value": "calibrated_probability", "is": ">", "to": 0.1}))
    assert not policy.reads_application
    assert apply(policy, BAD, None, DAY).told.rules[0].checked
    assert apply(policy, GOOD, None, DAY).told.rules == ()
    assert make(schema, rule()).reads_application


def test_a_limit_that_is_too_large_for_a_number_is_told_as_not_checked(schema):
    policy = make(schema, rule("INCOME", None, "limit", limit={"times": 1e308, "of": "AMT_INCOME_TOTAL"}))
    (told,) = apply(policy, GOOD, RECORD, DAY).told.rules
    assert (told.checked, told.outcome, told.limit) == (False, "review", None)


def test_a_limit_refuses_a_larger_amount_and_tells_the_lowest_that_applies(schema):
    limits = [
        rule("ANY", None, "limit", limit={"amount": 100_000}),
        rule("INCOME", None, "limit", limit={"times": 8, "of": "AMT_INCOME_TOTAL"}),
    ]
    policy = make(schema, *limits)
    refused = apply(policy, GOOD, RECORD, DAY)  # 8 times 10,000 is less than the 90,000 asked for
    assert (refused.decision, refused.told.limit) == ("REFUSED", 80_000)
    assert [(one.code, one.outcome, one.limit) for one in refused.told.rules] == [
        ("ANY", None, 100_000),
        ("INCOME", "refused", 80_000),
    ]
    granted = apply(policy, GOOD, {**RECORD, "AMT_CREDIT": 80_000.0}, DAY)
    assert (granted.decision, granted.told.limit) == ("ACCEPTED", 80_000)
    unknown = apply(policy, GOOD, {"AMT_CREDIT": 1.0}, DAY)
    assert [(one.checked, one.outcome) for one in unknown.told.rules] == [(True, None), (False, "review")]


EXPLORE = {"share": 0.25, "most_amount": 100_000, "most_probability": 0.3}


@pytest.mark.parametrize(
    ("score", "record", "client", "changed", "propensity"),
    [
        (BAD, RECORD, 500_000, {}, 0.25),
        (GOOD, RECORD, 500_000, {}, None),  # the model accepts
        (BAD, RECORD, None, {}, None),  # nothing would keep somebody without a number from asking again
        (BAD, None, 500_000, {}, None),  # the amount is not known
        (BAD, RECORD, 500_000, {"most_amount": 89_999}, None),
        (BAD, RECORD, 500_000, {"most_amount": 90_000}, 0.25),
        (BAD, RECORD, 500_000, {"most_probability": 0.19}, None),
    ],
)
def test_only_clients_whom_the_model_alone_refuses_are_accepted_at_random(
    schema, score, record, client, changed, propensity
):
    policy = make(schema, exploration=EXPLORE | changed, draw=lambda _: 0.2)
    result = apply(policy, score, record, DAY, client)
    assert (result.told.propensity, result.told.exploration) == (propensity, propensity is not None)
    if propensity:
        assert result.decision == "ACCEPTED"
        unlucky = apply(make(schema, exploration=EXPLORE | changed, draw=lambda _: 0.25), score, record, DAY, client)
        assert (unlucky.decision, unlucky.told.propensity, unlucky.told.exploration) == ("REFUSED", 0.25, False)


@pytest.mark.parametrize("refusing", [rule("RATIO", RATIO), rule("CAR", {"value": "OWN_CAR_AGE", "is": ">", "to": 3})])
def test_nobody_whom_a_rule_refuses_or_cannot_judge_is_accepted_at_random(schema, refusing):
    result = apply(make(schema, refusing, exploration=EXPLORE, draw=lambda _: 0.0), BAD, RECORD, DAY, 500_000)
    assert (result.decision, result.told.propensity, result.told.exploration) == ("REFUSED", None, False)


def test_without_a_key_nobody_is_accepted_at_random(schema):
    result = apply(make(schema, exploration=EXPLORE), BAD, RECORD, DAY, 500_000)
    assert (result.decision, result.told.propensity) == ("REFUSED", None)
