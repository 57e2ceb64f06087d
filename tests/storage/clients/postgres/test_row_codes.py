import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.storage.clients.postgres.row_codes import RowDecoder, RowEncoder

ODD = [0.0, -0.0, float("nan"), -float("nan"), float("inf"), 5e-324, 1e300, np.nextafter(0.1, 1), 0.1]


def encoded(*batches):
    """Encode batches of columns; returns the rows, each as bytes, and what decodes them."""
    encoder = RowEncoder(len(batches[0]))
    rows = [row.tobytes() for batch in batches for row in encoder.encode([np.array(one, float) for one in batch])]
    return rows, RowDecoder(encoder.describe())


def bits(rows):
    return np.array(rows, float).view(np.uint64).tolist()


@given(st.lists(st.tuples(st.floats(width=64), st.sampled_from(ODD)), min_size=1, max_size=40), st.integers(1, 40))
def test_every_row_is_decoded_to_the_last_bit(rows, size):
    batches = [list(zip(*rows[i : i + size], strict=True)) for i in range(0, len(rows), size)]
    written, decoder = encoded(*batches)
    assert [bits(decoder.decode(row)) for row in written] == [bits(row) for row in rows]


@pytest.mark.parametrize(("values", "width"), [(1, 1), (256, 1), (257, 8), (70_000, 8)])
def test_a_column_takes_one_byte_for_at_most_256_values(values, width):
    column = np.sqrt(np.arange(values))
    written, decoder = encoded([column])
    assert len(written[0]) == 1 + width
    assert [float(decoder.decode(row)[0]) for row in written] == column.tolist()


def test_rows_before_and_after_a_column_has_too_many_values_are_decoded():
    few, many = np.arange(300) % 200 / 7, np.arange(300) / 7
    written, decoder = encoded([few, few], [few, many], [many, few], [few, few])
    assert [len(row) for row in written[::300]] == [3, 10, 17, 17]
    decoded = np.array([decoder.decode(row) for row in written])
    assert np.array_equal(decoded[:, 0], np.concatenate([few, few, many, few]))
    assert np.array_equal(decoded[:, 1], np.concatenate([few, many, few, few]))


def test_more_columns_than_there_are_layouts_are_encoded():
    """Each batch makes one column more take eight bytes."""
    count = 300
    batches = [[np.arange(300) if i == turn else np.zeros(300) for i in range(count)] for turn in range(count)]
    encoder = RowEncoder(count)
    rows = [encoder.encode([np.array(one, float) for one in batch])[-1].tobytes() for batch in batches]
    decoder = RowDecoder(encoder.describe())
    for turn, row in enumerate(rows):
        assert decoder.decode(row).tolist() == [299.0 if i == turn else 0.0 for i in range(count)]
