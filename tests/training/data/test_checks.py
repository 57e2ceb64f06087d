import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.model.schema import Identity, InputSchema, Text
from scoring.training.data.checks import check_table, find_target_errors
from tests.fields import field

ROWS = 1000


def schema_of(*fields, identity=None):
    return InputSchema(identity=identity or Identity(name="id"), target="bad", fields=fields)


@pytest.fixture
def table():
    draws = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS) + 7,
            "bad": (np.arange(ROWS) % 10 == 0).astype(np.int8),
            "x": draws.normal(size=ROWS),
            "town": draws.choice(["Lyon", "Brest"], ROWS).astype(object),
        }
    )


FIELDS = (field("x"), field("town", "category"))


def errors(table, *fields, folds=5, identity=None):
    with pytest.raises(DataError) as caught:
        check_table(table, schema_of(*(fields or FIELDS), identity=identity), folds)
    return str(caught.value)


def test_a_valid_table_has_no_error_and_no_warning(table):
    assert check_table(table, schema_of(*FIELDS), 5) == []


def test_the_table_is_not_changed(table):
    before = table.copy(deep=True)
    check_table(table, schema_of(*FIELDS), 5)
    pd.testing.assert_frame_equal(table, before)


def test_all_errors_are_in_one_message(table):
    table.loc[3, "x"] = np.inf
    table.loc[9, "id"] = table.loc[0, "id"]
    message = errors(table.assign(again=1 - table["bad"]), *FIELDS, field("again"))
    assert message.startswith("the table: 3 errors\n")
    assert "column x is infinite in 1 row (4, counted from 1): leave those cells empty" in message
    assert "column id (the identity) has duplicates in 1 row (10, counted from 1)" in message
    assert "column again equals the target or its complement: it was probably recorded after" in message


def test_duplicates_are_counted_and_listed_by_row_never_by_client_number(table):
    table.loc[20:29, "id"] = 424242
    message = errors(table)
    assert "has duplicates in 9 rows (22, 23, 24, 25, 26, ..., counted from 1)" in message
    assert "424242" not in message


def test_rows_are_counted_as_in_the_file_after_the_table_was_sorted(table):
    table.loc[3, "x"] = np.inf
    assert "infinite in 1 row (4, counted from 1)" in errors(table.sort_values("id", ascending=False))


def test_clients_without_an_id_are_an_error(table):
    table["id"] = table["id"].astype("Int64").mask(table.index < 2)
    assert "column id (the identity) is missing in 2 rows (1, 2, counted from 1)" in errors(table)


@pytest.mark.parametrize("text", ["a b", "", "é", "x" * 65, "../x"])
def test_text_ids_that_cannot_be_part_of_an_address_are_listed_by_row(table, text):
    table["id"] = [f"A-{i}" for i in range(ROWS - 1)] + [text]
    message = errors(table, identity=Identity(name="id", kind="text"))
    assert "column id (the identity) is malformed in 1 row (1000, counted from 1): expected 1 to 64 ASCII" in message


def test_text_ids_are_valid(table):
    table["id"] = [f"A-{i}" for i in range(ROWS)]
    assert check_table(table, schema_of(*FIELDS, identity=Identity(name="id", kind="text")), 5) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["good", "bad"],
            r"has bad, good; expected 0 and 1, or false and true, where 1 is a default: pass --positive 'bad' or",
        ),
        ([1, 2], r"has 1, 2; .*: pass --positive '1' or --positive '2', whichever is a default, or name"),
        ([0, 1, 2], r"has 0, 1, 2; expected 0 and 1, or two values and --positive: leave out clients"),
        ([0], r"has only 0; expected both 0 and 1: add clients of the other outcome"),
        ([1.0], r"has only 1; expected both"),
        (["yes"], r"has only yes; expected two outcomes: add clients"),
        ([None], r"has no values; expected both 0 and 1"),
        ([0, 1, None], r"is missing in 333 rows \(3, 6, 9, 12, 15, \.\.\., counted from 1\): leave out clients"),
    ],
)
def test_an_invalid_target_is_shown_with_its_values(table, values, message):
    table["bad"] = pd.Series(values, dtype=object if None in values else None).take(np.arange(ROWS) % len(values)).array
    with pytest.raises(DataError, match=rf"column bad \(the target\) {message}"):
        check_table(table, schema_of(*FIELDS), 5)


def test_the_values_of_a_column_named_as_target_by_mistake_are_not_shown(table):
    message = errors(table.assign(bad=table["x"]))
    assert "has 1000 distinct values; expected 0 and 1" in message
    assert str(table["x"][0])[:5] not in message


def test_enough_clients_of_the_rarer_outcome_are_ten_per_fold_in_five_parts():
    def column(defaults):
        return pd.Series([1] * defaults + [0] * 500, name="bad")

    assert find_target_errors(column(30), 3) == []
    assert find_target_errors(column(29), 3) == [
        (
            "29 clients have the rarer outcome; expected at least 30 for 3 folds and a test set: "
            "use more data, or fewer folds"
        )
    ]


def test_a_leak_is_found_in_columns_outside_the_schema_too(table):
    message = errors(table.assign(history=table["bad"] * 2.0))
    assert "column history equals the target" in message


def test_a_protected_column_may_give_the_outcome_away_as_it_is_never_a_feature(table):
    leak = table.assign(secret=table["bad"].astype(float))
    assert check_table(leak, schema_of(*FIELDS, field("secret", tier="protected")), 5) == []


def test_columns_without_information_are_a_warning(table):
    odd = table.assign(
        void=np.nan,
        same=4.0,
        twin=table["x"],
        note=[f"t{i % 200}" for i in range(ROWS)],
    )
    fields = [*(field(name) for name in ("void", "same", "twin")), field("note", "category")]
    assert check_table(odd, schema_of(*FIELDS, *fields), 5) == [
        "columns that are empty: void: they carry no information; leave them out, or fill them",
        "columns that are the same for every client: same: they carry no information; leave them out",
        "columns that are copies of others: twin (of x): leave them out",
        (
            "columns with more than 100 distinct texts: note (200): nothing can be learnt from rare ones; group them, "
            "or leave the columns out"
        ),
    ]


def test_protected_columns_that_nobody_declared_are_errors_of_one_message(table):
    odd = table.assign(Sexe=np.where(table["x"] > 0, "F", "M"), married=(table["x"] > 1) * 1.0)
    odd.loc[3, "x"] = np.inf
    message = errors(odd, *FIELDS, field("Sexe", "category"), field("married"))
    assert message.startswith("the table: 3 errors\n")
    assert "column x is infinite in 1 row" in message
    assert "  - column Sexe may be protected (sex, by its name): values F, M\n" in message
    assert "  - column married may be protected (family, by its name): values 0, 1\n" in message
    assert "Declare each protected or suspected column: --protected COLUMN (never used; the fairness" in message
    assert "--justified 'COLUMN=REASON' (used; manifest and model card state the reason)" in message


def test_protected_columns_that_are_declared_are_trained_on(table):
    odd = table.assign(Sexe=np.where(table["x"] > 0, "F", "M"), married=(table["x"] > 1) * 1.0, age=40.0)
    stated = field("age", justification=Text(en="why", fr="pourquoi"))
    declared = field("Sexe", "category", tier="protected"), field("married", tier="proxy"), stated
    warnings = check_table(odd, schema_of(*FIELDS, *declared), 5)
    assert warnings == ["columns that are the same for every client: age: they carry no information; leave them out"]


def test_frequent_values_far_from_all_others_are_a_warning_with_the_option(table):
    months = np.where(np.arange(ROWS) % 25 == 0, 9999, np.arange(ROWS) % 80).astype(float)
    months[1::50] = -9
    (warning,) = check_table(table.assign(months=months), schema_of(*FIELDS, field("months", "integer")), 5)
    assert warning == (
        "column months has -9 in 20 rows (2.00 %), 9999 in 40 rows (4.00 %), far from all other values: "
        "if a code for a missing value, pass --missing 'months=-9' --missing 'months=9999'"
    )
