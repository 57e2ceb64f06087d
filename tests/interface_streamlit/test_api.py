"""The front-end's side of the API: the real service behind it, and the few answers that it never gives here."""

import json
from contextlib import closing

import httpx
import pytest
from officer import api as api_module
from officer.api import (
    Api,
    ApiError,
    InvalidApplication,
    MalformedNumber,
    NoFacts,
    NotAllowed,
    Problem,
    RowsOnly,
    TooLarge,
    UnknownClient,
    Unreachable,
    client_path,
)
from officer.levers import build_application, compute_followers, list_changeable
from officer.model import read_model
from officer.settings import Secret, Settings, SettingsError, read_settings
from officer.texts import load_texts

from tests.conftest import REQUIRED, free_port


@pytest.fixture(scope="module")
def api(sample_service):
    with closing(Api(Settings(f"http://127.0.0.1:{sample_service.port}", None))) as opened:
        yield opened


def answering(status, body, content_type="application/json"):
    """An API that always answers the same: what the one served here has no reason to answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(request):
        answering.asked = request
        return httpx.Response(status, content=content, headers={"Content-Type": content_type})

    return Api(Settings("http://api.invalid", Secret("s3cret")), transport=httpx.MockTransport(answer))


def test_each_of_the_services_errors_has_a_name(api):
    with pytest.raises(MalformedNumber, match="'12' is not a client number"):
        api.get(client_path("predict", "12"), json.loads).result()
    with pytest.raises(UnknownClient, match="999999"):
        api.get(client_path("predict", "999999"), json.loads).result()
    with pytest.raises(InvalidApplication) as faulty:
        api.post("/predict", {"applications": [REQUIRED, {**REQUIRED, "AMT_CREDIT": -1}]}, json.loads).result()
    assert [(one.record, one.field) for one in faulty.value.errors] == [(1, "AMT_CREDIT")]
    with pytest.raises(TooLarge, match="1001 records"):
        api.post("/predict", {"applications": [REQUIRED] * 1001}, json.loads).result()
    with pytest.raises(Problem, match="nothing at this address"):
        api.get("/nowhere", json.loads).result()


def test_what_a_client_is_called_cannot_lead_to_another_address():
    for typed in ("../model", ".", "..", "a/b"):
        with pytest.raises(MalformedNumber):
            client_path("predict", typed)


def test_a_model_without_a_manifest_has_no_facts_and_takes_no_applications(unverified, serve):
    running = serve(SCORING_ARTEFACTS=unverified, SCORING_THRESHOLD="0.5", SCORING_OPEN="1")
    with closing(Api(Settings(f"http://127.0.0.1:{running.port}", None))) as api:
        _is_known_by_rows_only(api)


def _is_known_by_rows_only(api):
    number = str(api.get("/clients", json.loads).result()["clients"][0])
    with pytest.raises(NoFacts):
        api.get(client_path("clients", number), json.loads).result()
    with pytest.raises(RowsOnly):
        api.post("/predict", REQUIRED, json.loads).result()
    model = api.get("/model", read_model).result()
    assert not model.takes_applications
    assert (model.scale.calibrated, model.scale.threshold, model.scale.review) == (False, 0.5, None)


def test_nobody_there_and_a_platforms_own_page_are_unreachable():
    with pytest.raises(Unreachable, match="ConnectError"):
        Api(Settings(f"http://127.0.0.1:{free_port()}", None)).get("/model", json.loads).result()
    with pytest.raises(Unreachable, match="HTTP 503"):
        answering(503, b"<h1>Application error</h1>", "text/html").get("/model", json.loads).result()
    with pytest.raises(Unreachable, match="HTTP 200 with text/html: expected a JSON object"):
        answering(200, b"<h1>Welcome</h1>", "text/html").get("/model", json.loads).result()
    assert not answering(503, {}).is_up()


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_missing_or_does_not_open_is_named(status):
    with pytest.raises(NotAllowed, match=str(status)):
        answering(status, {"title": "No", "status": status}).get("/model", json.loads).result()


def test_the_key_travels_as_a_header_and_hides_itself():
    answering(200, {"a": 1}).get("/model", json.loads).result()
    assert answering.asked.headers["Authorization"] == "Bearer s3cret"
    assert answering.asked.headers["Accept"] == "application/json"
    settings = read_settings({"SCORING_API_KEY": "s3cret"})
    assert "s3cret" not in f"{settings} {settings!r} {settings.api_key}"


@pytest.mark.parametrize("url", ["api.example", "ftp://api.example", "http://", "http://user:word@api.example"])
def test_an_address_that_cannot_be_one_is_named_with_what_was_expected(url):
    with pytest.raises(SettingsError, match=r"SCORING_API_URL='.*': expected the API's address"):
        read_settings({"SCORING_API_URL": url})


def test_a_key_that_no_header_can_hold_is_refused_without_showing_it():
    with pytest.raises(SettingsError) as refused:
        read_settings({"SCORING_API_KEY": "se cret\n"})
    assert "se cret" not in str(refused.value)


def test_scale_and_fields_are_the_models_own(api):
    answer = api.get("/model", json.loads).result()
    model = api.get("/model", read_model).result()
    assert model.scale.threshold == answer["threshold_choice"]["calibrated"]
    assert model.scale.review == tuple(answer["review_band"].values())
    assert set(model.fields) == {field["name"] for field in answer["input_schema"]["fields"]}
    assert model.fields["DAYS_BIRTH"].counts_back
    assert model.label_of("CREDIT_TO_GOODS", "fr") == answer["readable"]["CREDIT_TO_GOODS"]["label"]["fr"]


def test_an_unchanged_application_is_decided_on_as_the_client_is(api, numbers):
    model = api.get("/model", read_model).result()
    for number in map(str, numbers[:60]):
        facts = {
            fact["name"]: fact["value"]
            for fact in api.get(client_path("clients", number), json.loads).result()["facts"]
        }
        again = api.post(
            "/predict", build_application(model, number, facts, {}), json.loads, [("history", "stored")]
        ).result()
        known = api.get(client_path("predict", number), json.loads).result()
        assert again["probability"] == pytest.approx(known["probability"], abs=1e-9), number
        assert {field.role for field in list_changeable(model, facts)} >= {"credit", "instalment"}


def test_fields_that_follow_the_credit_change_in_proportion(api):
    model = api.get("/model", read_model).result()
    facts = {"AMT_CREDIT": 200_000, "AMT_ANNUITY": 10_000, "AMT_GOODS_PRICE": 180_000}
    assert compute_followers(model, facts, 150_000, "purchase") == {"AMT_ANNUITY": 7_500, "AMT_GOODS_PRICE": 135_000}
    assert compute_followers(model, facts, 150_000, "deposit") == {"AMT_ANNUITY": 7_500}
    assert compute_followers(model, facts, 150_000, "alone") == {}


def test_every_text_is_used_and_has_both_languages(project):
    import re

    code = "".join(path.read_text(encoding="utf-8") for path in (project / "interface_streamlit").rglob("*.py"))
    built = (
        "axis.",
        "decision.",
        "group.",
        "quartile.",
        "what_if.follow.",
        "what_if.now.",
        "synthetic.",
        "expected.",
        "upload.decimal.",
    )
    for key, texts in load_texts().items():
        assert set(texts) == {"fr", "en"}, key
        assert all(texts.values()), key
        placeholders = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert placeholders[0] == placeholders[1], key
        assert f'"{key}"' in code or f"'{key}'" in code or key.startswith(built), f"{key} is not used"


def test_a_connection_that_the_service_has_closed_meanwhile_is_replaced_without_a_word():
    asked = []

    def answer(request):
        asked.append(request.method)
        if len(asked) == 1:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return httpx.Response(200, json={"a": 1})

    with closing(Api(Settings("http://api.invalid", None), transport=httpx.MockTransport(answer))) as api:
        assert api.get("/model", json.loads).result() == {"a": 1}
        asked.clear()
        with pytest.raises(Unreachable):  # a decision may have been made
            api.post("/predict", {}, json.loads).result()
    assert asked == ["POST"]


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_an_answer_that_cannot_be_decoded_or_is_too_large_is_no_answer(coding, monkeypatch):
    def answer(request):
        headers = {"Content-Type": "application/json", "Content-Encoding": coding}
        return httpx.Response(200, content=b"not compressed" * 100, headers=headers)

    with closing(Api(Settings("http://api.invalid", None), transport=httpx.MockTransport(answer))) as api:
        monkeypatch.setattr(api_module, "MOST_BYTES", 1000)
        with pytest.raises(ApiError):
            api.get("/model", json.loads).result()
