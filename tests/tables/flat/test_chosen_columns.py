"""Columns that are chosen or left out by name, and directions that are stated."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.errors import DataError
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs, read_flat


@pytest.fixture
def path(tmp_path):
    count = np.arange(400)
    table = pd.DataFrame(
        {"client": 100 + count, "age": count, "debt": 3.5 * count, "late": count % 20 - 2, "sex": ["f", "m"] * 200}
    )
    table.assign(town=["a", "b", "c", "d"] * 100, bad=count % 2).to_csv(tmp_path / "loans.csv", index=False)
    return tmp_path / "loans.csv"


def test_only_kept_columns_are_features_and_those_with_a_tier_are_still_measured(path):
    options = ColumnOptions("bad", "client", keep=["debt", "town"], tiers={"sex": "protected"})
    schema, frame, *_ = read_flat(path, options)
    used = inputs(schema, frame)
    assert (used.numbers, used.categories) == (("debt",), ("town",))
    assert [field.name for field in schema.fields] == ["debt", "sex", "town"]
    assert schema.left_out == {"age": "not named by --keep", "late": "not named by --keep"}


def test_a_kept_column_with_codes_keeps_the_category_of_its_codes(path):
    options = ColumnOptions("bad", "client", keep=["late"], missing={"late": ["-1", "-2"]})
    schema, *_ = read_flat(path, options)
    assert [field.name for field in schema.fields] == ["late", "late (code)"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"keep": ["dept"]}, "--keep 'dept': no such column; did you mean 'debt'?"),
        ({"keep": ["debt"], "drop": ["debt"]}, "--keep 'debt': is also passed as --drop; expected one of them"),
        ({"drop": ["sex"], "tiers": {"sex": "protected"}}, "--drop 'sex': is also passed as --protected; expected one"),
        (
            {"drop": ["debt"], "roles": {"debt": "credit"}},
            "--drop 'debt': is also passed as --role; expected one of them",
        ),
        ({"keep": ["sex"], "tiers": {"sex": "proxy"}}, "--keep 'sex': is also passed as --proxy; expected one of them"),
        ({"keep": ["bad"]}, "--keep 'bad': is the target, never a feature"),
        ({"riskier": {"debt": "up"}}, "--riskier 'debt=up': expected one of: higher, lower"),
        ({"riskier": {"dept": "lower"}}, "--riskier 'dept': no such column; did you mean 'debt'?"),
        ({"riskier": {"town": "lower"}}, "--riskier 'town=lower': the column holds texts; expected numbers"),
        ({"roles": {"debt": "amount"}}, "--role 'debt=amount': expected one of: credit, instalment, price"),
        ({"roles": {"dept": "credit"}}, "--role 'dept': no such column; did you mean 'debt'?"),
        ({"roles": {"town": "price"}}, "--role 'town=price': the column holds texts; expected amounts of money"),
        (
            {"roles": {"debt": "credit", "age": "credit"}},
            "--role: the columns debt, age are all the credit; expected one",
        ),
    ],
)
def test_options_that_contradict_each_other_or_the_table_are_refused(path, given, told):
    with pytest.raises(DataError, match=re.escape(told)):
        read_flat(path, ColumnOptions("bad", "client", **given))


def test_a_stated_direction_is_in_the_schema_and_among_the_inputs(path):
    schema, frame, *_ = read_flat(path, ColumnOptions("bad", "client", riskier={"debt": "higher", "age": "lower"}))
    assert schema.field("debt").riskier == "higher"
    assert inputs(schema, frame).riskier == {"age": "lower", "debt": "higher"}


def test_a_column_with_a_role_is_money_that_an_alternative_may_change(path):
    schema, *_ = read_flat(path, ColumnOptions("bad", "client", roles={"debt": "credit"}))
    credit = schema.find_by_role("credit")
    assert (credit.name, credit.changeable, credit.unit) == ("debt", True, "currency")
    assert not schema.field("age").changeable


def test_exclude_is_another_name_of_drop_and_monotone_trees_need_a_direction(path, tmp_path):
    given = ["train", "--table", str(path), "--target", "bad", "--id", "client", "--out", str(tmp_path / "out")]
    answer = CliRunner().invoke(commands, [*given, "--exclude", "age", "--drop", "nobody", "--protected", "sex"])
    assert "--drop 'nobody': no such column" in str(answer.exception)
    assert "age" not in str(answer.exception).split("Its columns")[0]
    answer = CliRunner().invoke(commands, [*given, "--monotone-trees", "--protected", "sex"])
    assert "--monotone-trees: no direction is stated. Pass --riskier COLUMN=higher or =lower." in answer.output
