import pandas as pd
import pytest

from scoring.tables.flat.time_column import read_times


def read(*cells):
    return read_times(pd.Series(list(cells), name="when"))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((202401, 202312), ["2024-01", "2023-12"]),
        ((202401.0, 202312.0), ["2024-01", "2023-12"]),
        (("2024-01", "2023-12"), ["2024-01", "2023-12"]),
        (("01/2024", "12/2023"), ["2024-01", "2023-12"]),
        (("Jan 2024", "December-2023"), ["2024-01", "2023-12"]),
        ((20240131, 20231224), ["2024-01-31", "2023-12-24"]),
        (("2024-01-31 10:00:00", "2023-12-24T00:00"), ["2024-01-31", "2023-12-24"]),
        (("31.01.2024", "24.12.2023"), ["2024-01-31", "2023-12-24"]),
        (("1/31/2024", "12/24/2023"), ["2024-01-31", "2023-12-24"]),
        (("31 Jan 2024", "24-Dec-2023"), ["2024-01-31", "2023-12-24"]),
        (("2024Q1", "Q4 2023"), ["2024-Q1", "2023-Q4"]),
        ((2024, 2023), ["2024", "2023"]),
        ((1, 17), [1.0, 17.0]),
        ((pd.Timestamp("2024-01-31"), pd.Timestamp("2023-12-24")), ["2024-01-31", "2023-12-24"]),
    ],
)
def test_dates_months_quarters_years_and_numbers_are_read(cells, expected):
    if "Q" in str(cells[0]):  # two ways to write a quarter are two forms
        assert [read(cell)[0].tolist()[0] for cell in cells] == expected
        return
    times, errors = read(*cells)
    assert errors == []
    assert times.tolist() == expected


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("2024-01-31", None), "column when (the time) is missing in 1 row (2, counted from 1): give every client one"),
        (
            ("2024-01", "2024-02", "soon"),
            "column when (the time) is no date in 1 row (3, counted from 1): expected dates",
        ),
        (("2024-02-30", "2024-02-01"), "column when (the time) is no date in 1 row (1, counted from 1)"),
        (("a", "b"), "column when (the time) is no date in 2 rows (1, 2, counted from 1)"),
        (("01/02/2024", "03/04/2024"), "the day may be the first or the second number: write 2024-01-31"),
    ],
)
def test_times_that_cannot_be_ordered_are_told_with_a_remedy(cells, told):
    assert told in "\n".join(read(*cells)[1])
