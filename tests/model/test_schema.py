import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.model.schema import Identity

SAFE = string.ascii_letters + string.digits + "._-"


def fits(identity, text):
    return identity.pattern().fullmatch(text) is not None


def test_a_manifest_that_says_only_name_and_digits_has_numbers_and_is_written_as_it_was():
    written = '{"name":"SK_ID_CURR","digits":6}'
    assert Identity.model_validate_json(written) == Identity(name="SK_ID_CURR", kind="number", digits=6)
    assert Identity.model_validate_json(written).model_dump_json() == written


def test_the_form_of_text_ids_is_written_and_read_back():
    identity = Identity(name="Dossier", kind="text")
    written = identity.model_dump_json()
    assert json.loads(written) == {"name": "Dossier", "kind": "text", "digits": None}
    assert Identity.model_validate_json(written) == identity


def test_text_ids_have_no_number_of_digits():
    with pytest.raises(ValidationError, match="text ids have no number of digits"):
        Identity(name="id", kind="text", digits=6)


@pytest.mark.parametrize("digits", [0, 19, -1])
def test_numbers_have_one_to_eighteen_digits(digits):
    with pytest.raises(ValidationError, match="digits"):
        Identity(name="id", digits=digits)


def test_an_identity_column_has_a_name():
    with pytest.raises(ValidationError, match="name"):
        Identity(name="")


@given(st.integers(0, 10**18 - 1))
def test_every_number_of_at_most_eighteen_digits_has_one_spelling(number):
    identity = Identity(name="id")
    assert fits(identity, str(number))
    assert identity.parse_id(str(number)) == number
    assert not fits(identity, f"0{number}")


@given(st.text(alphabet=SAFE, min_size=1, max_size=64).filter(lambda text: text[0] not in "._-"))
def test_a_text_id_is_read_as_it_is_written(text):
    identity = Identity(name="id", kind="text")
    assert fits(identity, text)
    assert identity.parse_id(text) == text


@pytest.mark.parametrize(
    "text", ["", ".", "..", "-1", "_a", "a b", "a/b", "é", "٣", "a" * 65, "a\n", "a%", "a,b", '"a"']
)
def test_what_an_address_or_a_table_would_have_to_escape_is_no_text_id(text):
    assert not fits(Identity(name="id", kind="text"), text)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "٣", "1" * 19, "a", " 1", "1\n"])
def test_what_is_no_plain_number_is_no_client_number(text):
    assert not fits(Identity(name="id"), text)
