import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.training.data.checks import check, target_faults

ROWS = 1000


def field(name, kind="number", **more):
    return SchemaField(name=name, type=kind, label=Text(en=name, fr=name), **more)


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


def faults(table, *fields, folds=5, identity=None):
    with pytest.raises(DataError) as caught:
        check(table, schema_of(*(fields or FIELDS), identity=identity), folds)
    return str(caught.value)


def test_a_sound_table_has_no_fault_and_no_warning(table):
    assert check(table, schema_of(*FIELDS), 5) == []


def test_the_table_is_left_as_it_is(table):
    before = table.copy(deep=True)
    check(table, schema_of(*FIELDS), 5)
    pd.testing.assert_frame_equal(table, before)


def test_all_faults_stand_in_one_message(table):
    table.loc[3, "x"] = np.inf
    table.loc[9, "id"] = table.loc[0, "id"]
    message = faults(table.assign(again=1 - table["bad"]), *FIELDS, field("again"))
    assert message.startswith("the table: 3 faults\n")
    assert "column x is infinite in 1 row (4, counted from 1): leave those cells empty" in message
    assert "column id (the identity) repeats an earlier client in 1 row (10, counted from 1)" in message
    assert "column again equals the target or its complement: it was probably written down after" in message


def test_repeated_clients_are_counted_and_told_by_row_never_by_number(table):
    table.loc[20:29, "id"] = 424242
    message = faults(table)
    assert "repeats an earlier client in 9 rows (22, 23, 24, 25, 26, ..., counted from 1)" in message
    assert "424242" not in message


def test_rows_are_told_as_the_file_has_them_though_the_table_was_sorted(table):
    table.loc[3, "x"] = np.inf
    assert "infinite in 1 row (4, counted from 1)" in faults(table.sort_values("id", ascending=False))


def test_clients_without_an_id_are_told(table):
    table["id"] = table["id"].astype("Int64").mask(table.index < 2)
    assert "column id (the identity) is missing in 2 rows (1, 2, counted from 1)" in faults(table)


@pytest.mark.parametrize("text", ["a b", "", "é", "x" * 65, "../x"])
def test_text_ids_that_no_address_could_hold_are_told_by_row(table, text):
    table["id"] = [f"A-{i}" for i in range(ROWS - 1)] + [text]
    message = faults(table, identity=Identity(name="id", kind="text"))
    assert "column id (the identity) is malformed in 1 row (1000, counted from 1): expected 1 to 64 ASCII" in message


def test_text_ids_are_sound(table):
    table["id"] = [f"A-{i}" for i in range(ROWS)]
    assert check(table, schema_of(*FIELDS, identity=Identity(name="id", kind="text")), 5) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["good", "bad"], r"holds bad, good; expected 0 and 1, or false and true, where 1 is a default: recode it"),
        ([1, 2], r"holds 1, 2; expected 0 and 1"),
        ([0, 1, 2], r"holds 0, 1, 2; expected 0 and 1"),
        ([0], r"holds only 0; expected both 0 and 1: add clients of the other outcome"),
        ([1.0], r"holds only 1.0; expected both"),
        (["yes"], r"holds only yes; expected 0 and 1"),
        ([None], r"holds nothing; expected both 0 and 1"),
        ([0, 1, None], r"is missing in 333 rows \(3, 6, 9, 12, 15, \.\.\., counted from 1\): leave out clients"),
    ],
)
def test_a_target_that_is_none_is_named_with_what_it_holds(table, values, message):
    table["bad"] = pd.Series(values, dtype=object if None in values else None).take(np.arange(ROWS) % len(values)).array
    with pytest.raises(DataError, match=rf"column bad \(the target\) {message}"):
        check(table, schema_of(*FIELDS), 5)


def test_the_values_of_a_column_taken_for_the_target_by_mistake_are_not_told(table):
    message = faults(table.assign(bad=table["x"]))
    assert "holds 1000 different values; expected 0 and 1" in message
    assert str(table["x"][0])[:5] not in message


def test_enough_clients_of_the_rarer_outcome_are_ten_a_fold_in_five_test_parts():
    def column(defaults):
        return pd.Series([1] * defaults + [0] * 500, name="bad")

    assert target_faults(column(30), 3) == []
    assert target_faults(column(29), 3) == [
        (
            "29 clients have the rarer outcome; expected at least 30 for 3 folds and a test part: "
            "use more data, or fewer folds"
        )
    ]


def test_a_leak_is_found_among_columns_that_are_in_no_schema_too(table):
    message = faults(table.assign(history=table["bad"] * 2.0))
    assert "column history equals the target" in message


def test_a_protected_column_is_no_feature_and_may_tell_what_it_likes(table):
    leak = table.assign(secret=table["bad"].astype(float))
    assert check(leak, schema_of(*FIELDS, field("secret", tier="protected")), 5) == []


def test_what_tells_nothing_is_warned_of_and_training_may_go_on(table):
    odd = table.assign(
        void=np.nan,
        same=4.0,
        twin=table["x"],
        note=[f"t{i % 200}" for i in range(ROWS)],
        Sexe="F",
        married=table["x"] > 0,
    )
    odd.loc[0, "Sexe"] = "M"
    fields = [field(name) for name in ("void", "same", "twin", "married")] + [
        field(name, "category") for name in ("note", "Sexe")
    ]
    assert check(odd, schema_of(*FIELDS, *fields), 5) == [
        "columns that are empty: void: they tell nothing; leave them out, or fill them",
        "columns that are the same for every client: same: they tell nothing; leave them out",
        "columns that are copies of others: twin (as x): leave them out",
        (
            "columns with more than 100 different texts: note (200): rare ones can't be learnt from; group them, "
            "or leave the columns out"
        ),
        (
            "columns that may hold a protected attribute: married, Sexe: declare them protected "
            "(they are then measured, and never a feature), or leave them out"
        ),
    ]


def test_words_that_only_contain_a_protected_one_are_no_warning(table):
    names = ["sextant", "embrace", "trace_count", "essex", "engender"]
    odd = table.assign(**{name: table["x"] * (i + 2) for i, name in enumerate(names)})
    assert check(odd, schema_of(*FIELDS, *map(field, names)), 5) == []
