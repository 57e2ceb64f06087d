import re

import pytest

from scoring.access.api_key import ApiKey


def test_two_keys_differ_in_id_and_in_256_bits_of_secret():
    one, other = ApiKey.make(), ApiKey.make()
    assert one.key_id != other.key_id
    assert re.fullmatch(r"pad_[0-9a-f]{8}_[0-9a-f]{64}_[0-9a-f]{8}", one.reveal())
    assert one.reveal().split("_")[2] != other.reveal().split("_")[2]


def test_a_key_shows_its_secret_in_no_text_that_could_get_into_a_log():
    key = ApiKey.make()
    secret = key.reveal().split("_")[2]
    for shown in (str(key), repr(key), f"{key}", f"{[key]}", " ".join(map(str, [key]))):
        assert secret not in shown
        assert key.key_id in shown


def test_every_changed_character_of_a_key_is_noticed():
    text = ApiKey.make().reveal()
    for place in range(4, len(text)):
        changed = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        with pytest.raises(ValueError, match="API key") as refused:
            ApiKey(changed)
        assert text[20:40] not in str(refused.value)


@pytest.mark.parametrize("text", ["", "pad_", "abc", "pad_0a1b2c3d", "é" * 86, "\udcff", "0" * 10_000])
def test_what_is_no_key_is_refused_without_being_repeated(text):
    with pytest.raises(ValueError, match="expected pad_<id>_<secret>_<checksum>"):
        ApiKey(text)
