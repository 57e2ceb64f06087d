"""Unusual numbers and unusual combinations are warned about, with a code and in words."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.application.reader import ApplicationReader
from scoring.home_credit.input_schema import load_schema
from scoring.model.schema import Comparison, Identity, InputSchema, Text
from scoring.training.describe import add_observed_values
from tests.fields import field

AMOUNTS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL", "AMT_GOODS_PRICE")
UNUSUAL = {"out_of_usual_range", "unusual_combination"}


@pytest.fixture(scope="module")
def sample(project):
    return pd.read_csv(project / "applications_sample.csv")


@pytest.fixture(scope="module")
def reader(sample):
    """Read Home Credit's applications, with the ranges of the bundled sample."""
    seen = sample.assign(DAYS_EMPLOYED=sample["DAYS_EMPLOYED"].where(sample["DAYS_EMPLOYED"] < 0))
    return ApplicationReader(add_observed_values(load_schema(), seen))


@pytest.fixture(scope="module")
def applications(sample, reader):
    names = [one.name for one in reader.schema.fields]
    return [{k: v for k, v in row.items() if v == v} for row in sample[names].head(300).to_dict("records")]


def unusual(reader, application):
    found = [warning.detail for warning in reader.parse(application).warnings]
    return {(one.field, one.code) for one in found if one.code in UNUSUAL}


@pytest.mark.parametrize("factor", [0.01, 100])
@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_a_hundred_times_too_small_or_too_large_is_warned_about(reader, applications, amount, factor):
    typed = [{**one, amount: one[amount] * factor} for one in applications if amount in one]
    assert len(typed) > 200
    assert all(unusual(reader, one) for one in typed)


def test_usual_applications_have_no_such_warning(reader, applications):
    assert sum(bool(unusual(reader, one)) for one in applications) <= 0.01 * len(applications)


def warn(reader, applications, **changed):
    details = [one.detail for one in reader.parse({**applications[0], **changed}).warnings]
    return next(one for one in details if one.code == "unusual_combination")


def test_a_combination_is_told_in_words_of_both_languages(reader, applications):
    detail = warn(reader, applications, AMT_CREDIT=450000, AMT_ANNUITY=2500000)
    assert detail.field == "AMT_ANNUITY"
    assert detail.text.en == "The instalment is 556% of the credit amount; usually 2.64% to 11.9%."
    assert detail.text.fr.replace("\u202f", " ") == (
        "La mensualité représente 556 % du montant du crédit ; habituellement de 2,64 % à 11,9 %."
    )


def test_a_job_longer_than_adult_life_is_warned_about(reader, applications):
    detail = warn(reader, applications, DAYS_BIRTH=-14610, DAYS_EMPLOYED=-16436)
    assert detail.field == "DAYS_EMPLOYED"
    assert detail.text.fr.replace("\u00a0", " ") == (
        "Une ancienneté de 45 ans dans l'emploi est incompatible avec un âge de 40 ans : un emploi commence "
        "habituellement à un âge de 18 à 63 ans."
    )
    late = {**applications[0], "DAYS_BIRTH": -25000, "DAYS_EMPLOYED": -30}  # a new job at 68 is no mistake
    assert not unusual(reader, late)


def test_a_program_gets_the_names_and_the_numbers(reader, applications):
    read = reader.parse({**applications[0], "AMT_CREDIT": 1e6, "AMT_GOODS_PRICE": 1e5})
    expected = "AMT_CREDIT: AMT_CREDIT / AMT_GOODS_PRICE is 10, usually 1 to 1.528 in training"
    assert expected in [warning.message for warning in read.warnings]


def test_the_low_side_of_positive_values_is_a_ratio_and_that_of_others_a_distance():
    assert field("amount", usual=(50.0, 100.0)).far_from_usual == pytest.approx((100 / 3, 150))
    assert field("balance", usual=(-50.0, 100.0)).far_from_usual == (-200, 250)
    assert field("days", usual=(-50.0, -10.0)).far_from_usual == (-90, 30)


TEXT = Text(en="{first}, {second}: {value} ({usual})", fr="{first}, {second}\u00a0: {value} ({usual})")


def schema(*compared):
    fields = (field("a"), field("b", unit="share"), field("c", "category"))
    return InputSchema(identity=Identity(name="id"), target="y", fields=fields, comparisons=compared)


def test_a_comparison_that_training_could_not_measure_is_left_out():
    compared = Comparison(first="a", second="b", kind="ratio", text=TEXT)
    empty = pd.DataFrame({"a": [1.0, None], "b": [None, 0.0], "c": ["x", "y"]})
    made = add_observed_values(schema(compared), empty)
    assert made.comparisons[0].usual is None
    assert not ApplicationReader(made).parse({"a": 1, "b": 0}).warnings
    measured = add_observed_values(schema(compared), pd.DataFrame({"a": [1, 3], "b": [2.0, 0.0], "c": ["x", "y"]}))
    assert measured.comparisons[0].usual == (0.5, 0.5)


def test_a_comparison_names_fields_of_numbers():
    with pytest.raises(ValidationError, match="comparisons of c, d; expected fields of numbers"):
        schema(Comparison(first="d", second="c", kind="ratio", text=TEXT))


def test_a_schema_without_comparisons_is_written_as_before():
    assert "comparisons" not in schema().model_dump()


NUMBERS = st.none() | st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15)


@given(a=NUMBERS, b=NUMBERS)
def test_no_pair_of_numbers_is_a_failure(a, b):
    pairs = [
        Comparison(first="a", second="b", kind=kind, unit=unit, usual=(1.0, 2.0), text=TEXT)
        for kind in ("ratio", "difference")
        for unit in ("share", "days", None)
    ]
    if a is None and b is None:
        return
    usual = {"a": (-1e15, 1e15), "b": (-1e15, 1e15)}
    fields = tuple(field(name, usual=bounds) for name, bounds in usual.items())
    reader = ApplicationReader(InputSchema(identity=Identity(name="id"), target="y", fields=fields, comparisons=pairs))
    for warning in reader.parse({"a": a, "b": b}).warnings:
        assert warning.detail.code == "unusual_combination"
        assert "None" not in warning.detail.text.fr
