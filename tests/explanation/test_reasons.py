import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explanation.reasons import MOST, Typical, compare, find_reasons
from scoring.model.plan import Derived, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema, Text
from scoring.readable.terms import Range, Term, group_into_terms
from tests.fields import field


def term(name, concept="", **more):
    label = Text(en=name.title(), fr=f"{name.title()} (fr)")
    return Term(name, label, more.pop("unit", None), concept or name, (0,), frozenset({name}), **more)


def reasons(terms, excess, values, usual, accepted=True, holds=lambda _term: True):
    names = [one.name for one in terms]
    typical = Typical(np.zeros(1), dict(zip(names, usual, strict=True)), accepted)
    return find_reasons(terms, excess, dict(zip(names, values, strict=True)), typical, holds)


def test_a_reason_names_value_direction_and_the_typical_accepted_clients():
    (reason,) = reasons([term("score")], [0.8], [0.2], [0.55])
    assert reason.text.en == "Score: 0.2, lower than for a typical accepted client (0.55)."
    assert reason.text.fr == "Score (fr)\u00a0: 0,2, moins que chez un client accepté type (0,55)."
    assert (reason.value, reason.direction, reason.contribution, reason.scale) == (0.2, "lower", 0.8, "log-odds")


def test_what_is_about_the_same_thing_makes_one_reason_with_the_weight_of_what_it_names():
    terms = [term("walls", "housing"), term("floors", "housing"), term("rent", "housing"), term("score")]
    first, second = reasons(terms, [0.3, 0.5, -0.1, 0.6], [1.0, 2.0, 3.0, 0.1], [2.0, 4.0, 3.5, 0.5])
    assert (first.name, first.contribution) == ("score", 0.6)
    assert (second.name, second.concept.en, second.contribution) == ("floors", "Housing", 0.5)


def test_good_news_about_the_same_thing_can_outweigh_the_bad():
    terms = [term("walls", "housing"), term("floors", "housing"), term("score")]
    assert [one.name for one in reasons(terms, [0.3, -0.4, 0.2], [1.0, 2.0, 0.1], [2.0, 1.0, 0.5])] == ["score"]


def test_there_are_at_most_four_the_weightiest_first():
    names = ["a", "b", "c", "d", "e"]
    found = reasons([term(name) for name in names], [0.2, 0.5, 0.3, 0.6, 0.4], [1.0] * 5, [2.0] * 5)
    assert [one.name for one in found] == ["d", "b", "e", "c"]


def test_what_weighs_less_than_a_twentieth_of_the_weightiest_is_no_reason():
    found = reasons([term("a"), term("b")], [1.0, 0.049], [1.0, 1.0], [2.0, 2.0])
    assert [one.name for one in found] == ["a"]


def test_a_protected_or_proxy_field_is_never_named_nor_counted():
    terms = [term("gender", "person", never_a_reason=True), term("age", "person")]
    (reason,) = reasons(terms, [5.0, 0.2], ["F", 20.0], ["M", 40.0])
    assert (reason.name, reason.contribution) == ("age", 0.2)


def test_a_value_that_the_model_does_not_find_riskier_is_passed_over():
    terms = [term("walls", "housing"), term("floors", "housing")]
    found = reasons(terms, [0.3, 0.5], [1.0, 2.0], [2.0, 4.0], holds=lambda one: one.name != "floors")
    assert [one.name for one in found] == ["walls"]


@pytest.mark.parametrize("role", ["credit", "instalment", "price"])
def test_a_small_credit_and_a_low_ratio_of_it_to_the_income_are_never_a_reason(role):
    schema = InputSchema(
        identity=Identity(name="id"), target="bad", fields=(field("part", role=role), field("income", riskier="lower"))
    )
    plan = Plan(
        missing_values={},
        derived=(Derived(name="share", operation="ratio", inputs=("part", "income")),),
        columns=tuple(NumberColumn(name=name, source=name, fill=0.0) for name in ("part", "share", "income")),
    )
    terms = group_into_terms(plan, schema, {})
    assert [one.reason_side for one in terms] == ["higher", "higher", "lower"]
    assert [one.riskier for one in terms] == [None, None, "lower"]  # what the schema states
    names = {
        tuple(reason.name for reason in reasons(terms, [0.5, 0.5, 0.5], [value] * 3, [2.0] * 3)) for value in (1, 3)
    }
    assert names == {("income",), ("share", "part")}


def test_a_score_that_is_better_than_the_typical_one_is_never_a_reason():
    assert reasons([term("score", reason_side="lower")], [0.5], [0.9], [0.5]) == ()


@pytest.mark.parametrize(
    ("value", "usual", "direction"),
    [
        (3.0, 2.0, "higher"),
        (None, 2.0, "missing"),
        (2.0, None, "present"),
        ("baker", "smith", "different"),
        ("baker", "smith, baker", None),
        (1.0, Range(2.0, 3.0), "lower"),
        (2.5, Range(2.0, 3.0), None),
        (3.0, Range(2.0, 3.0), "higher"),
        (Range(None, 2.0), Range(2.0, 3.0), "lower"),
    ],
)
def test_a_difference_is_told_only_where_there_is_one(value, usual, direction):
    assert compare(term("x"), value, usual) == direction


@pytest.mark.parametrize(("value", "usual"), [(2.0, 2.0), (2.0001, 2.0), (None, None)])
def test_a_value_that_reads_like_the_typical_one_is_no_reason(value, usual):
    assert reasons([term("x")], [0.5], [value], [usual]) == ()


def test_a_time_counted_back_is_compared_as_it_is_shown():
    back = term("hired", unit="days", scale=-1.0)
    assert compare(back, -200.0, -3000.0) == "lower"
    assert compare(back, Range(-300.0, None), -3000.0) == "lower"


def test_a_flag_is_different_rather_than_higher():
    assert compare(term("phone", unit="flag"), 1.0, 0.0) == "different"


def test_a_missing_value_that_may_hide_a_proxy_category_is_no_reason():
    assert reasons([term("trade", silent_when_missing=True)], [0.5], [None], ["smith"]) == ()


def test_without_a_typical_accepted_client_the_sentence_says_of_whom_it_speaks():
    (reason,) = reasons([term("score")], [0.8], [None], [0.55], accepted=False)
    assert reason.detail.en == "Score: not known; for a typical client: 0.55."
    assert reason.text.en == "Score: not known. The model sees more risk where it is not known."
    assert reason.remedy.en == "Supply this information, and score the application again."


@given(
    st.lists(
        st.tuples(
            st.floats(-2, 2),
            st.sampled_from(["housing", "income", "age"]),
            st.booleans(),
            st.floats(0, 10),
            st.floats(0, 10),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_client_reasons_are_few_true_in_direction_and_never_of_a_sensitive_field(drawn):
    terms = [term(f"t{i}", concept, never_a_reason=never) for i, (_, concept, never, _, _) in enumerate(drawn)]
    by_name = dict(zip((one.name for one in terms), drawn, strict=True))
    found = reasons(terms, [one[0] for one in drawn], [one[3] for one in drawn], [one[4] for one in drawn])
    assert len(found) <= MOST
    assert len({reason.concept.en for reason in found}) == len(found)
    for reason in found:
        more, _, never, value, usual = by_name[reason.name]
        assert not never
        assert more > 0
        assert reason.direction == ("higher" if value > usual else "lower")
