import contextlib
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import DuplicateKey, UnreadableBody
from scoring.web.body.request_body import MOST_BYTES, parse_json

REQUIRED = (
    b'{"AMT_CREDIT": 5e5, "AMT_INCOME_TOTAL": 150000, "AMT_ANNUITY": 25000, '
    b'"DAYS_BIRTH": -15000, "NAME_CONTRACT_TYPE": "Cash loans"}'
)


def post(client, data, content_type="application/json", **headers):
    return client.post("/predict", data=data, content_type=content_type, headers=headers)


def test_json_in_utf_8_is_read(client):
    for kind in ("application/json", "application/json; charset=UTF-8", "application/vnd.lender+json"):
        assert post(client, REQUIRED, kind).status_code == 200, kind


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/xml", "text/json", "application/json; charset=latin-1"]
)  # fmt: skip
def test_another_type_or_character_set_is_a_415_that_says_what_is_expected(client, kind):
    answer = post(client, REQUIRED, kind)
    assert answer.status_code == 415
    assert answer.json["title"] == "Unsupported body"
    assert "JSON" in answer.json["detail"] or "application/json" in answer.json["detail"]


def test_a_compressed_body_is_a_415(client):
    answer = post(client, gzip.compress(REQUIRED), **{"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert "not compressed" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "line 1, column 2"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 at byte 0"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b'{"a": "\\ud800"}', "half of a character"),
        (b'{"\\udfff": 1}', "half of a character"),
        (b"9" * 5000 + b"{", "not JSON"),
    ],
)
def test_what_is_not_json_is_a_400_that_says_why(client, body, why):
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert why in answer.json["detail"]


def test_more_than_eight_mebibytes_are_a_413(client):
    answer = post(client, b" " * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert "8 MiB" in answer.json["detail"]
    assert post(client, REQUIRED + b" " * (MOST_BYTES - len(REQUIRED))).status_code == 200


def test_a_body_that_ends_too_early_is_a_400(client):
    answer = client.post(
        "/predict", data=REQUIRED, content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": str(len(REQUIRED) + 9)},
    )  # fmt: skip
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        (b'{"a": 1, "a": 1}', True),
        (b'{"a" : 1, "b":2, "a"\n:3}', True),
        (b'{"a": 1, "\\u0061": 1}', True),
        (b'{"a": ":", "a": ":"}', True),
        (b'{"a": 1, "b": "a:"}', False),
        (b'{"a:": 1, "a": 2}', False),
        (b'{"a": 1, "a": 2, "b": "\\u003a"}', True),
        (b'{"a": {"b": 1}, "c": ":"}', False),
    ],
)
def test_a_key_that_stands_there_twice_is_seen_however_it_is_written(text, twice):
    assert any(isinstance(value, DuplicateKey) for value in parse_json(text).values()) is twice


PARTS = ['"a"', '"b"', '"a:"', '"\\u0061"', '"\\u003a"', '":"']


@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from([*PARTS, "1", "null", '{"b": 1, "c": ":"}']))))
def test_a_key_that_stands_there_twice_is_never_missed(pairs):
    text = "{" + ",".join(f"{name}:{value}" for name, value in pairs) + "}"
    names = json.loads(text, object_pairs_hook=lambda found: [name for name, _ in found])
    twice = {name for name in names if names.count(name) > 1}
    assert {name for name, value in parse_json(text.encode()).items() if isinstance(value, DuplicateKey)} == twice


def test_a_key_twice_in_one_of_several_records_is_seen():
    assert isinstance(
        parse_json(b'{"applications": [{"a": 1}, {"a": 1, "a": 2}]}')["applications"][1]["a"], DuplicateKey
    )


def test_numbers_that_json_does_not_know_are_left_for_the_fields_to_refuse():
    assert parse_json(b'{"a": Infinity}') == {"a": float("inf")}
    assert parse_json(b'{"a": 1e999, "b": ' + b"9" * 5000 + b"}") == {"a": float("inf"), "b": float("inf")}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.booleans())
def test_what_json_can_say_is_read_as_it_was_meant(value, escaped):
    assert parse_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_unreadable(content):
    with contextlib.suppress(UnreadableBody):
        parse_json(content)
