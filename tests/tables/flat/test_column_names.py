import pytest

from scoring.tables.flat.column_names import readable


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", ""), ("_", "_"), ("DebtRatio", "Debt ratio"), ("credit amount (€)", "Credit amount (€)"), ("x1", "X 1")],
)
def test_names_are_made_readable(name, expected):
    assert readable(name) == expected
