import random
import string
from urllib.parse import quote

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DECISION_KEYS


def test_a_known_client_gets_the_whole_decision_object(client, numbers):
    answer = client.get(f"/predict/{numbers[0]}")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert list(answer.json) == DECISION_KEYS
    assert answer.json["client_id"] == numbers[0]
    assert answer.json["decision_id"] is None
    assert answer.json["warnings"] == answer.json["warning_details"] == []


def test_every_client_is_refused_exactly_from_the_threshold_on(client, numbers):
    outcomes = set()
    for number in numbers:
        decision = client.get(f"/predict/{number}").json
        refused = decision["probability"] >= decision["threshold"]
        assert decision["decision"] == ("REFUSED" if refused else "ACCEPTED")
        assert decision["prediction"] == int(refused)
        outcomes.add(decision["decision"])
    assert outcomes == {"REFUSED", "ACCEPTED"}


def test_refused_is_where_the_calibrated_risk_passes_one_in_eleven(client, numbers):
    for number in numbers[:200]:
        decision = client.get(f"/predict/{number}").json
        assert (decision["calibrated_probability"] >= 1 / 11) == (decision["prediction"] == 1)


def test_an_unknown_client_is_a_404_that_says_so(client, numbers):
    answer = client.get("/predict/999999")
    assert 999999 not in numbers
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json == {
        "type": "urn:problem:unknown-client",
        "title": "Unknown client",
        "status": 404,
        "detail": "No client has the number 999999.",
        "errors": [],
    }


@pytest.mark.parametrize(
    "path",
    [
        "12345", "1234567", "0500000", "00500000", "127494.0", "+50000", "-50000", "5e5", "500 000", " 500000",
        "500000 ", "５０００００", "٥٠٠٠٠٠", "50000O", "0x7a120", "500000\n", "500000\x00", "abc", "%", "null",
    ],
)  # fmt: skip
def test_what_is_not_six_ascii_digits_is_a_400_that_says_what_is_expected(client, path):
    answer = client.get(f"/predict/{quote(path)}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["title"] == "Not a client number"
    assert "expected exactly 6 digits (0-9), nothing else" in answer.json["detail"]
    assert answer.json["errors"] == [{"field": "client_id", "received": path, "expected": "exactly 6 digits (0-9)"}]


def test_six_digits_with_leading_zeros_are_a_number_that_nobody_has(client):
    assert client.get("/predict/000123").status_code == 404


def test_a_long_invalid_value_is_truncated(client):
    answer = client.get("/predict/" + "9" * 5000)
    assert answer.status_code == 400
    assert len(answer.json["detail"]) < 200


def hostile(draw: random.Random) -> str:
    alphabet = string.printable + "٣é€😀\x00\x7f０"
    length = draw.choice([0, 1, 2, 5, 6, 6, 6, 7, 20, 300])
    text = "".join(draw.choice(alphabet) for _ in range(length))
    return draw.choice([quote(text), quote(text, safe="/%.;,"), "../" * length + text, "%" + text, text.encode().hex()])


def test_hundreds_of_hostile_paths_get_no_server_error(client):
    draw = random.Random(7)
    for _ in range(500):
        path = "/predict/" + hostile(draw)
        answer = client.get(path)
        assert answer.status_code in {200, 308, 400, 404}, path
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json", path


@given(st.text(min_size=1))
def test_any_text_is_a_client_a_400_or_a_404(client, text):
    answer = client.get("/predict/" + quote(text, safe=""))
    assert answer.status_code in {200, 308, 400, 404}


def test_served_probabilities_are_those_of_the_table(client, project, app):
    scorer = app.extensions["scoring"].scorer
    table = pd.read_csv(project / "df_sample.csv")
    probabilities = scorer.score(table[list(scorer.features)].to_numpy(dtype=float)).probability
    for number, probability in zip(table["SK_ID_CURR"], probabilities, strict=True):
        assert client.get(f"/predict/{number}").json["probability"] == pytest.approx(probability, abs=1e-12)
