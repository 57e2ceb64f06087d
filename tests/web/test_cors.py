import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings

SITE, OTHER = "https://app.example.org", "http://localhost:3000"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture(scope="module")
def shared():
    return create_app(Settings(cors_origins=(SITE, OTHER))).test_client()


def cors(answer):
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize(
    "address", ["/", "/predict/{number}", "/predict/999999", "/nowhere", "/clients?limt=1", "/docs"]
)
def test_the_named_origins_may_read_every_answer_errors_included(shared, numbers, address):
    for origin in (SITE, OTHER):
        answer = shared.get(address.format(number=numbers[0]), headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers.getlist("Vary")
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://example.org", "https://app.example.org.evil.net", "http://app.example.org", "https://app.example.org:8443",
     "https://APP.example.org", "null", "", "*", "https://app.example.or", f"{SITE}, {OTHER}"],
)  # fmt: skip
def test_no_other_origin_may_read_anything(shared, origin):
    for answer in (
        shared.get("/health", headers={"Origin": origin}),
        shared.options("/predict", headers={"Origin": origin, **PREFLIGHT}),
    ):
        assert cors(answer) == {}
        assert "Origin" in answer.headers.getlist("Vary")


@pytest.mark.parametrize(
    "address", ["/predict", "/predict?history=stored", "/predict?hystory=stored", "/table?decimal=point"]
)
def test_a_preflight_request_is_answered_with_what_is_allowed(shared, address):
    answer = shared.options(address, headers={"Origin": SITE, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_a_request_without_an_origin_is_answered_as_before(shared, numbers, client):
    path = f"/predict/{numbers[0]}"
    assert cors(shared.get(path)) == {}
    assert shared.get(path).json == client.get(path).json


def test_by_default_no_origin_may_read_anything(client):
    for answer in (
        client.get("/health", headers={"Origin": SITE}),
        client.options("/predict", headers={"Origin": SITE, **PREFLIGHT}),
    ):
        assert cors(answer) == {}
        assert "Origin" not in answer.headers.getlist("Vary")
