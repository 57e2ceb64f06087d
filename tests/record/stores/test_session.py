import pytest

from scoring.record.stores.session import insertions


@pytest.mark.parametrize("count", [0, 1, 7, 16, 17, 64, 65, 500])
def test_all_rows_are_added_in_their_order(count):
    rows = [(i, -i) for i in range(count)]
    statements = list(insertions({"t": rows}))
    assert [value for _, values in statements for value in values] == [value for row in rows for value in row]
    assert all(statement.count("?") == len(values) <= 128 for statement, values in statements)


def test_few_different_statements_are_prepared():
    statements = {statement for count in range(501) for statement, _ in insertions({"t": [(0, 0)] * count})}
    assert len(statements) <= 18
