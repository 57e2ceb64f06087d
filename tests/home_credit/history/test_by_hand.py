"""Every feature of one client, worked out by hand."""

import math

import pandas as pd

CLIENT, NO_RECORDS, NOT_COVERED, NOT_NAMED = 900001, 900002, 900003, 900004


def test_every_feature_is_what_the_working_says(computed, worked):
    row = computed.loc[CLIENT]
    wrong = {
        name: (row[name], expected)
        for name, expected in worked.items()
        if not (pd.isna(row[name]) if expected is None else math.isclose(row[name], expected, rel_tol=1e-9))
    }
    assert wrong == {}


def test_every_feature_has_a_working(computed, worked):
    assert sorted(worked) == sorted(computed.columns)


def test_a_covered_client_without_records_has_zero_counts_and_nothing_else(computed):
    row = computed.loc[NO_RECORDS]
    counts = [name for name in computed.columns if name.endswith("_count") and "_to_all_" not in name]
    assert (row[counts] == 0).all()
    assert row.drop(counts).isna().all()


def test_a_client_who_is_not_covered_has_nothing_even_where_there_are_records(computed):
    assert computed.loc[NOT_COVERED].isna().all()


def test_a_client_whom_the_coverage_does_not_name_has_nothing(computed):
    assert computed.loc[NOT_NAMED].isna().all()


def test_everybody_who_applied_has_one_row_and_nobody_else(computed):
    assert list(computed.index) == [CLIENT, NO_RECORDS, NOT_COVERED, NOT_NAMED]
