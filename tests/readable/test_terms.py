import pytest

from scoring.model.plan import BinnedColumn, CategoryColumn, Derived, GroupedColumn, MissingColumn, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema, Readable, SchemaField, Text
from scoring.readable.terms import Range, collect_values, group_into_terms, recover_value


def field(name, kind="number", **more):
    return SchemaField(name=name, type=kind, label=Text(en=name.title(), fr=name.upper()), **more)


SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="default",
    fields=(
        field("debt", concept="credit_amount", unit="currency"),
        field("income", concept="income", unit="currency"),
        field("score_1", concept="external_score", riskier="lower"),
        field("score_2", concept="external_score", riskier="lower"),
        field("trade", "category", concept="employment", proxy_categories=("nun",)),
        field("gender", "category", tier="protected"),
        field("children", tier="proxy"),
        field("hired", "integer", unit="days", maximum=0),
    ),
)
PLAN = Plan(
    missing_values={"trade": ("nun",), "hired": (365243.0,)},
    derived=(
        Derived(name="burden", operation="ratio", inputs=("debt", "income")),
        Derived(name="burden_log", operation="log", inputs=("burden",)),
        Derived(name="per_child", operation="ratio", inputs=("income", "children")),
        Derived(name="scores", operation="mean", inputs=("score_1", "score_2")),
    ),
    columns=(
        NumberColumn(name="debt", source="debt", fill=5.0),
        MissingColumn(name="debt_missing", source="debt"),
        NumberColumn(name="burden", source="burden", fill=1.0),
        NumberColumn(name="burden_log", source="burden_log", fill=0.7),
        CategoryColumn(name="trade_smith", source="trade", value="smith"),
        CategoryColumn(name="trade_baker", source="trade", value="baker"),
        NumberColumn(name="per_child", source="per_child", fill=0.0),
        NumberColumn(name="scores", source="scores", fill=0.5),
        BinnedColumn(name="hired", source="hired", edges=(-3000.0, -400.0), values=(-0.3, 0.0, 0.4), missing=0.1),
        NumberColumn(name="cards_count", source="cards_count", fill=0.0),
        GroupedColumn(name="gender", source="gender", values={"M": 0.1, "F": -0.1}, missing=0.0, unseen=0.0),
    ),
)
TERMS = {term.name: term for term in group_into_terms(PLAN, SCHEMA, {})}


def test_one_hot_missing_and_logarithm_columns_belong_to_what_they_are_made_of():
    assert {name: term.columns for name, term in TERMS.items()} == {
        "debt": (0, 1),
        "burden": (2, 3),
        "trade": (4, 5),
        "per_child": (6,),
        "scores": (7,),
        "hired": (8,),
        "cards_count": (9,),
        "gender": (10,),
    }


def test_a_derived_number_is_called_by_what_it_is_made_of():
    assert TERMS["burden"].label == Text(en="Debt / Income", fr="DEBT / INCOME")
    assert TERMS["scores"].label.en == "Average of: Score_1, Score_2"
    assert TERMS["cards_count"].label.en == "cards_count"  # nobody said what it is called


def test_a_told_name_comes_first():
    told = {"burden": Readable(label=Text(en="Burden", fr="Charge"), unit="share")}
    term = group_into_terms(PLAN, SCHEMA, told)[1]
    assert (term.label.fr, term.unit, term.concept) == ("Charge", "share", "credit_amount")


def test_a_number_made_of_a_protected_or_proxy_field_is_never_a_reason():
    assert {name for name, term in TERMS.items() if term.never_a_reason} == {"per_child", "gender"}


def test_a_missing_value_that_may_hide_a_proxy_category_stays_silent():
    assert {name for name, term in TERMS.items() if term.silent_when_missing} == {"trade"}


def test_what_every_officer_knows_of_scores_holds_for_their_average():
    assert TERMS["scores"].riskier == "lower"
    assert TERMS["burden"].riskier is None


def test_days_counted_back_are_shown_as_a_length_of_time():
    assert TERMS["hired"].scale == -1.0
    assert TERMS["debt"].scale == 1.0


def test_values_of_an_application_are_read_with_its_derived_numbers():
    values = collect_values(PLAN, {"debt": 6.0, "income": 3.0, "trade": "nun", "hired": 365243.0, "score_1": 0.25})
    assert values["burden"] == 2.0
    assert (values["trade"], values["hired"]) == (None, None)
    assert "scores" not in values  # nothing is known of the second one


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("debt", {0: 7.0}, 7.0),
        ("debt", {0: 5.0, 1: 1.0}, None),
        ("trade", {4: 1.0}, "smith"),
        ("trade", {}, None),
        ("hired", {8: 0.0}, Range(-3000.0, -400.0)),
        ("hired", {8: 0.4}, Range(-400.0, None)),
        ("hired", {8: 0.1}, None),
        ("gender", {10: 0.1}, "M"),
        ("gender", {10: 0.0}, None),
    ],
)
def test_a_value_is_read_off_a_row_as_far_as_it_is_still_to_be_seen(name, row, value):
    whole = [row.get(i, 0.0) for i in range(len(PLAN.columns))]
    assert recover_value(PLAN, TERMS[name], whole) == value


def test_bins_of_one_value_are_read_as_one_range():
    column = BinnedColumn(name="x", source="debt", edges=(1.0, 2.0), values=(0.3, 0.3, 0.1), missing=0.3)
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    assert recover_value(plan, group_into_terms(plan, SCHEMA, {})[0], [0.3]) == Range(None, 2.0)


def test_a_scale_of_zero_is_refused():
    with pytest.raises(ValueError, match="scale is 0, expected any other number"):
        Readable(label=Text(en="a", fr="a"), scale=0)
