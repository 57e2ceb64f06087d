"""What pieces of a file share takes no more memory the more pieces there are."""

import numpy as np
import pytest

from scoring.tables.text.shared_form import _SharedForm
from scoring.tables.text.table import Expected


def form_of(pieces, decimal=None):
    """Take note of pieces of one column of numbers."""
    expected = Expected(numbers=("amount",), decimal=decimal)
    form = _SharedForm(lambda: iter(()), expected, lambda row: row + 2)
    for place, cells in enumerate(pieces):
        rows = np.arange(len(cells)) + 1000 * place
        form.add([expected.column("amount", np.array(cells, dtype=object))], rows)
        form.find_decimal_mark()
    return form


@pytest.mark.parametrize(("first", "decimal"), [("1,5", None), ("7", ",")])
def test_numbers_with_two_readings_are_forgotten_once_the_mark_is_known(first, decimal):
    pieces = [[first, *(f"{10 + place}.{100 + i} €" for i in range(50))] for place in range(20)]
    form = form_of(pieces, decimal)
    assert form.find_units() == {"amount": "€"}
    assert len(form._columns["amount"].numbers) <= 3
