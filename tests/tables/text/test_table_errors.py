import string

import pytest

from scoring.tables.text.table_errors import TableError, _messages

MESSAGES = sorted({key for key, _ in _messages()})


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_names_the_same_values_in_both_languages(key):
    english, french = (
        {name for _, name, _, _ in string.Formatter().parse(_messages()[key, language]) if name}
        for language in ("en", "fr")
    )
    assert english == french


def test_a_value_is_shortened_in_a_message():
    text = TableError("duplicates", columns=["x" * 100]).describe("fr")
    assert len(text) < 160
    assert "…" in text
