import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.home_credit.history.registry import FEATURE_SETS
from scoring.model.plan import Derived
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from tools.exploration import tables


def field(name, kind="number", **facts):
    return SchemaField(name=name, type=kind, label=Text(en=name.title(), fr=name.title()), **facts)


SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="default",
    fields=(
        field("job", unit="days", maximum=0, missing=(365243.0,)),
        field("trade", "category", missing=("XNA",), tier="protected"),
        field("debt", unit="currency", minimum=0, exclusive=True, required=True),
    ),
)


@pytest.fixture
def clients():
    """A hundred clients: 25 without a job, 30 without a trade, 5 of them by a marker; 20 of 100 default."""
    return pd.DataFrame(
        {
            "id": range(100),
            "default": [1, 0, 0, 0, 0] * 20,
            "job": [365243.0] * 25 + [-730.5] * 75,
            "trade": ["XNA"] * 5 + [None] * 25 + ["smith"] * 50 + ["baker"] * 20,
            "debt": np.arange(100.0),
        }
    )


def test_the_table_of_fields_shows_range_markers_and_tier():
    table = tables.list_fields(SCHEMA)
    assert table["tier"].tolist() == ["justified", "protected", "justified"]
    assert table["range"].tolist() == ["to 0", "", "above 0"]
    assert table["missing-value markers"].tolist() == ["365243", "XNA", ""]
    assert table["required"].tolist() == ["", "", "yes"]


def test_a_missing_value_marker_becomes_missing(clients):
    derived = Derived(name="DEBT_SQUARED", operation="square", inputs=("debt",))
    known = tables.clean_values(clients, SCHEMA, [derived])
    assert known["job"].tolist()[24:26] == [pytest.approx(np.nan, nan_ok=True), 2.0]
    assert known["trade"].isna().sum() == 30
    assert known["DEBT_SQUARED"].tolist()[:3] == [0.0, 1.0, 4.0]


def test_missing_values_are_counted_by_kind_and_their_default_rate_is_shown(clients):
    table = tables.count_missing(clients, SCHEMA)
    assert table.index.tolist() == ["trade", "job"]
    assert table.loc["trade", ["empty", "marker"]].tolist() == [0.25, 0.05]
    assert table.loc["job", ["empty", "marker"]].tolist() == [0.0, 0.25]
    assert table.loc["job", ["if_missing", "if_known"]].tolist() == [0.2, 0.2]


def test_the_default_rate_of_fewer_than_twenty_clients_is_not_shown(clients):
    table = tables.count_markers(clients, SCHEMA)
    assert table["clients"].to_dict() == {"job": 25, "trade": 5}
    assert table.loc["job", "default rate"] == 0.2
    assert np.isnan(table.loc["trade", "default rate"])
    few = clients.assign(job=[None] * 3 + [-1.0] * 97)
    assert np.isnan(tables.count_missing(few, SCHEMA).loc["job", "if_missing"])


def test_a_table_without_missing_values_gives_an_empty_table(clients):
    whole = clients.assign(job=-1.0, trade="smith")
    assert tables.count_missing(whole, SCHEMA).empty


def test_numbers_are_cut_at_quantiles_and_the_missing_come_last():
    values = np.r_[np.arange(0.0, 100.0, 0.5), [np.nan] * 50]
    table = tables.tabulate_default_rates(values, np.tile([0, 1], 125), bins=4)
    assert table.index.tolist() == ["below 24.9", "24.9 to 49.8", "49.8 to 74.6", "74.6 and more", "missing"]
    assert table["clients"].tolist() == [50] * 5
    assert table["default_rate"].tolist() == [0.5] * 5
    # Wilson's bounds of 25 in 50: 0.5 give or take 1.96 * sqrt(0.25 / 50 + 1.96**2 / 10000) / (1 + 1.96**2 / 50)
    assert table["low"].iloc[0] == pytest.approx(0.3664, abs=1e-4)
    assert table["high"].iloc[0] == pytest.approx(0.6336, abs=1e-4)


def test_counts_are_named_by_the_numbers_they_hold():
    values = np.repeat(np.arange(40.0), 10)
    table = tables.tabulate_default_rates(values, np.zeros(400, dtype=int), bins=4)
    assert table.index.tolist() == ["below 10", "10 to 19", "20 to 29", "30 and more"]
    few = tables.tabulate_default_rates(np.repeat([0.0, 1.0, 2.0], 30), np.zeros(90, dtype=int))
    assert few.index.tolist() == ["0", "1", "2"]


def test_texts_come_largest_first_and_small_groups_are_joined():
    texts = ["b"] * 30 + ["a"] * 40 + ["c"] * 12 + ["d"] * 15 + [None] * 20
    table = tables.tabulate_default_rates(np.array(texts, dtype=object), np.ones(117, dtype=int))
    assert table["clients"].to_dict() == {"a": 40, "b": 30, "others": 27, "missing": 20}


def test_the_text_missing_is_not_a_missing_value():
    texts = ["missing"] * 30 + [None] * 20
    table = tables.tabulate_default_rates(np.array(texts, dtype=object), np.ones(50, dtype=int))
    assert table["clients"].tolist() == [30, 20]


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0])), min_size=1, max_size=200),
    st.integers(2, 12),
)
def test_no_group_is_small_and_nobody_is_counted_twice(values, bins):
    numbers = np.array(values, dtype=float)
    table = tables.tabulate_default_rates(numbers, np.arange(len(numbers)) % 2, bins)
    assert (table["clients"] >= 20).all()
    assert table["clients"].sum() <= len(numbers)
    left_out = len(numbers) - table["clients"].sum()
    # At most the pooled groups and the missing are left out, each of fewer than 20.
    assert left_out < 40
    assert (table["low"] <= table["default_rate"] + 1e-12).all()
    assert (table["default_rate"] <= table["high"] + 1e-12).all()


def test_records_of_a_client_are_counted_among_those_who_have_any():
    features = pd.DataFrame({"bureau_count": [0.0, 2.0, 4.0, 6.0, np.nan]})
    table = tables.summarize_records(features)
    assert table.index.tolist() == ["bureau"]
    row = table.loc["bureau"]
    assert (row["records"], row["none"], row["quarter"], row["median"]) == ("credits at other lenders", 0.25, 3.0, 4.0)


def test_every_history_table_has_a_feature_that_counts_its_records():
    names = [feature.name for history in FEATURE_SETS.values() for feature in history.features]
    table = tables.summarize_records(pd.DataFrame(np.ones((3, len(names))), columns=names))
    assert table.index.tolist() == list(FEATURE_SETS)
