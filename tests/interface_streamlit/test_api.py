"""The front-end's side of the API: the real service behind it, and the few answers that it never gives here."""

import json
from contextlib import closing
from dataclasses import asdict

import httpx
import pytest
from officer import api as api_module
from officer.api import (
    Api,
    ApiError,
    InvalidApplication,
    KeyNeeded,
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
from officer.contract import Explanation, Terms, reader
from officer.levers import build_application, list_changeable, list_changed, list_levers, recompute
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


def test_an_officers_key_is_sent_where_the_settings_have_none_and_asked_for_where_it_is_not_valid():
    api = Api(Settings("http://api.invalid", None), transport=httpx.MockTransport(echo))
    with closing(api):
        assert api.get("/", json.loads, key=Secret("own")).result() == {"key": "Bearer own"}
        assert api.post("/data", {}, json.loads, key=Secret("own")).result() == {"key": "Bearer own"}
        assert api.post_file("/table", b"", json.loads, key=Secret("own")).result() == {"key": "Bearer own"}
        with pytest.raises(KeyNeeded):
            api.get("/", json.loads).result()
    with closing(Api(Settings("http://api.invalid", Secret("s3cret")), transport=httpx.MockTransport(echo))) as api:
        assert api.get("/", json.loads, key=Secret("own")).result() == {"key": "Bearer s3cret"}


def echo(asked):
    key = asked.headers.get("Authorization")
    return httpx.Response(200 if key else 401, json={"key": key})


def test_the_key_travels_as_a_header_and_hides_itself():
    answering(200, {"a": 1}).get("/model", json.loads).result()
    assert answering.asked.headers["Authorization"] == "Bearer s3cret"
    assert answering.asked.headers["Accept"] == "application/json"
    settings = read_settings({"SCORING_API_KEY": "s3cret"})
    assert "s3cret" not in f"{settings} {settings!r} {settings.api_key}"


@pytest.mark.parametrize(
    "url",
    [
        "api.example",
        "ftp://api.example",
        "http://",
        "http://xn--a",
        "http://a/\udcff",
        "http://a ",
        "http://a:0/",
        "http://a/#b",
    ],
)
def test_an_address_that_cannot_be_one_is_named_with_what_was_expected(url):
    with pytest.raises(SettingsError) as refused:
        read_settings({"SCORING_API_URL": url})
    assert f"SCORING_API_URL={url!r}: expected the API's address" in str(refused.value)


@pytest.mark.parametrize("url", ["http://user:s3cret@api.example", "http://api.example/?key=s3cret"])
def test_an_address_with_a_password_is_refused_without_showing_it(url):
    with pytest.raises(SettingsError, match="expected the API's address") as refused:
        read_settings({"SCORING_API_URL": url})
    assert "s3cret" not in str(refused.value)


def test_whether_an_own_view_comes_first_is_yes_or_no():
    assert [read_settings({"SCORING_OWN_VIEW_FIRST": one}).own_view_first for one in ("1", "0", "")] == [
        True,
        False,
        False,
    ]
    with pytest.raises(SettingsError, match="SCORING_OWN_VIEW_FIRST='yes': expected 1 or 0"):
        read_settings({"SCORING_OWN_VIEW_FIRST": "yes"})


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


def test_what_is_chosen_makes_the_contract_that_the_service_offers(api, numbers):
    model, read = api.get("/model", read_model).result(), reader(Explanation)
    offered = 0
    for number in map(str, numbers):
        explanation = api.get(client_path("explain", number), read).result()
        contract, offer = explanation.contract, explanation.counterfactual
        assert recompute(contract, {name: getattr(contract, name) for name in list_levers(contract)}) is contract
        if offer is None:
            continue
        offered += 1
        chosen = recompute(contract, {name: getattr(offer.contract, name) for name in list_levers(contract)})
        # Half a cent may be rounded in either way.
        assert asdict(chosen) == pytest.approx(asdict(offer.contract), abs=0.011), number
        after = {change.name: change.after for change in offer.changes}
        assert list_changed(model, contract, chosen) == pytest.approx(after, abs=0.011)
    assert offered > 10


def test_a_chosen_contract_adds_up_by_hand():
    present = Terms(1000.0, 0.0, 120.0, 1120.0, 103.75, 12, 0.2)
    # 900 are financed; fees of 1 % a month for 24 months are 216; 1,116 at 20 % a year in 24 months are 56.80
    assert recompute(present, {"deposit": 100.0, "months": 24}) == Terms(1000.0, 100.0, 216.0, 1116.0, 56.8, 24, 0.2)
    assert recompute(present, {"yearly_rate": 0.0}).instalment == 93.33  # 1,120 in 12 parts
    assert recompute(present, {"deposit": 1000.0}) is None
    # without a price and a term, the instalment stays in proportion
    bare = Terms(None, None, None, 1000.0, 50.0, None, None)
    assert recompute(bare, {"credit": 500.0}) == Terms(None, None, None, 500.0, 25.0, None, None)
    assert list(list_levers(bare)) == ["credit"]


def test_every_text_is_used_and_has_both_languages(project):
    import re

    code = "".join(path.read_text(encoding="utf-8") for path in (project / "interface_streamlit").rglob("*.py"))
    built = (
        "axis.",
        "decision.",
        "group.",
        "quartile.",
        "contract.",
        "what_if.now.",
        "typed.",
        "synthetic.",
        "expected.",
        "upload.decimal.",
        "upload.kind.",
        "upload.fix.",
        "upload.read.",
        "entry.",
        "outcome.",
        "reason.",
        "letter.",
        "reviews.",
        "rules.",
    )
    for key, texts in load_texts().items():
        assert set(texts) == {"fr", "en"}, key
        assert all(texts.values()), key
        placeholders = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert placeholders[0] == placeholders[1], key
        assert f'"{key}"' in code or f"'{key}'" in code or key.startswith(built), f"{key} is not used"
        assert not re.search(r" [:;?!»]|« ", texts["fr"]), f"{key} needs spaces that do not break"


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
