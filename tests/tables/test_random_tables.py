"""Training, evaluation and the service read the same table alike, whatever its columns hold."""

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.application.reader import ApplicationReader
from scoring.errors import DataError
from scoring.model.plan import GroupedColumn, NumberColumn, Plan
from scoring.tables.files import table_files
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import read_flat
from scoring.tables.raw_applications import read_raw
from tests.examples import examples

ROWS = 80
WHOLE = st.integers(-50, 5000).map(str)
DECIMAL = st.decimals(0, 900, places=2, allow_nan=False).map(str)
MARKERS = ("9999", "-9", "-7.0", "n.c.", "??", "9.5")
KINDS = {
    "whole": WHOLE,
    "decimal": DECIMAL,
    "flag": st.sampled_from(["true", "false"]),
    "town": st.sampled_from(["Lyon", "Évry", "01", "1", "9999", "n.c."]),
    "grade": st.sampled_from(["A", "B", "C1", "9"]),
    "month": st.tuples(st.integers(1, 12), st.integers(1990, 2024)).map(lambda pair: f"{pair[0]:02}.{pair[1]}"),
    "account": st.integers(4_000_000_000_000_000, 5_000_000_000_000_000).map(str),
    "mixed": st.one_of(WHOLE, st.sampled_from(["Unknown", "see file", "n.c.", "2015-03"])),
}


@st.composite
def tables(draw):
    """Draw a table with columns of several kinds, markers and empty cells; and options for it."""
    columns = {}
    for i, kind in enumerate(draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))):
        often = draw(st.sampled_from([0, 0, 1, 4]))
        cell = st.one_of(*[KINDS[kind]] * 8, *[st.sampled_from((*MARKERS, ""))] * often)
        columns[f"{kind} {i}"] = draw(st.lists(cell, min_size=ROWS, max_size=ROWS))
    named = st.sampled_from([*columns, "*"])
    missing = draw(st.dictionaries(named, st.lists(st.sampled_from(MARKERS), min_size=1), max_size=4))
    kinds = draw(st.dictionaries(st.sampled_from(sorted(columns)), st.just("category"), max_size=1))
    outcomes = draw(st.sampled_from([("0", "1"), ("GOOD", "BAD"), ("1", "2"), ("false", "true")]))
    columns["target"] = [outcomes[i % 2] for i in range(ROWS)]
    options = ColumnOptions(
        "target", None, draw(st.sampled_from([outcomes[1], outcomes[1], outcomes[0]])), missing, kinds
    )
    return pd.DataFrame(columns), options


def plan_of(schema):
    """Make a plan that reads every field."""
    columns = [
        GroupedColumn(name=one.name, source=one.name, values={}, missing=0.0, unseen=0.0)
        if one.type == "category"
        else NumberColumn(name=one.name, source=one.name, fill=0.0)
        for one in schema.fields
    ]
    return Plan(missing_values={}, derived=(), columns=tuple(columns))


def as_json(row, schema):
    """Write a row of the file as an application: numbers where a field holds numbers, no empty cells."""
    types = {field.name: field.type for field in schema.fields}
    record = {}
    for name, text in row.items():
        record[name] = text
        if types.get(name) in {"number", "integer"}:
            with contextlib.suppress(ValueError):
                record[name] = {"true": 1, "false": 0}[text] if text in {"true", "false"} else float(text)
    return {name: value for name, value in record.items() if value != ""}


def plain(values):
    return [None if pd.isna(value) else value for value in values]


SEPARATORS = st.sampled_from([",", ";", "\t"])
OFTEN = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(tables(), SEPARATORS)
@settings(OFTEN, max_examples=examples(15))
def test_a_table_is_read_alike_or_refused_with_a_remedy(tmp_path, drawn, separator):
    check(tmp_path, *drawn, separator)


@pytest.mark.drill
@given(tables(), SEPARATORS)
@settings(OFTEN, max_examples=3000)
def test_three_thousand_tables_are_read_alike_or_refused_with_a_remedy(tmp_path, drawn, separator):
    check(tmp_path, *drawn, separator)


def check(tmp_path, table, options, separator):
    path = tmp_path / "table.csv"
    table.to_csv(path, index=False, sep=separator)
    read = refused = None
    try:
        read = read_flat(path, options)
    except DataError as error:
        refused = str(error)
    if read is None:
        assert any(text in refused for text in ("--missing '", "no column is left", "--decimal", "Keep one line")), (
            refused
        )
        return
    schema, frame, kinds, _ = read
    assert [one.name for one in kinds.columns if one.name in table] == list(table)  # nothing is passed over
    assert {one.name for one in kinds.columns if one.kind == "left out"} == set(schema.left_out)
    raw = read_raw(table_files(path), schema, plan_of(schema), decimal=options.decimal)
    assert raw.errors == {}
    assert raw.target.tolist() == frame["target"].tolist()
    assert raw.ids.tolist() == frame[schema.identity.name].tolist()
    for field in schema.fields:
        assert plain(raw.columns[field.name]) == plain(frame[field.name]), field.name
    reader = ApplicationReader(schema)
    for i in range(0, ROWS, 7):
        known = {field.name: plain(frame[field.name])[i] for field in schema.fields}
        if any(value is not None for value in known.values()):
            record = reader.parse(as_json(table.iloc[i], schema)).record
            assert {name: record.get(name) for name in known} == known
    assert not np.isinf(frame.select_dtypes("number").to_numpy(dtype=float)).any()
