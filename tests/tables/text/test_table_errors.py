import string

import pytest

from scoring.tables.text.table_errors import MESSAGES, TableError

KEYS = sorted({key for key, _ in MESSAGES})


@pytest.mark.parametrize("key", KEYS)
def test_a_message_names_the_same_values_in_both_languages(key):
    english, french = (
        {name.removesuffix("_fr") for _, name, _, _ in string.Formatter().parse(MESSAGES[key, language]) if name}
        for language in ("en", "fr")
    )
    assert english == french


def test_a_value_is_shortened_in_a_message():
    text = TableError("duplicates", columns=["x" * 100]).describe("fr")
    assert len(text) < 160
    assert "…" in text


@pytest.mark.parametrize("key", KEYS)
def test_only_the_command_line_is_told_about_its_options(key):
    english, french, option = (MESSAGES[key, language] for language in ("en", "fr", "option"))
    assert "--" not in english + french or key.startswith("left_out_")  # training says which of its options it was
    assert not option or "--" in option or ".csv" in option or ".parquet" in option


def test_a_message_is_a_sentence_on_a_page_and_has_its_option_on_the_command_line():
    error = TableError("ambiguous_number", line=2, column="a", cell="1.500", first="1.5", second="1500")
    assert error.describe("en").startswith("Line 2, column a: 1.500 can mean 1.5 or 1500")
    option = "Where the command has --decimal, pass --decimal point for 1.5, --decimal comma for 1500."
    assert str(error) == f"l{error.describe('en')[1:]} {option}"
    assert (
        str(TableError("empty"))
        == "the file is empty. Expected a line with the names of the columns, and one line per client."
    )


@pytest.mark.parametrize("key", ["ambiguous_number", "two_decimal_marks", "other_decimal_mark"])
def test_a_remedy_that_only_some_commands_offer_says_which(key):
    option = MESSAGES[key, "option"]
    for sentence in option.replace("; ", ". ").split(". "):
        if "--" in sentence:
            assert "train can" in sentence or "Where the command has --decimal" in sentence
